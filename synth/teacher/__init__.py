"""Asking strong vision models: who they are, what they answered, one scheduler for all calls (docs/teachers.md)."""
