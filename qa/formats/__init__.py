"""Rows that others read and write: swift JSONL, EvalScope benches, seed text."""
