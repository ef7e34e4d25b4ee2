"""Putting a tuned model to use: retrieval, citations, guard, page."""
