"""Verbs of `circuit-vqa recipes` in files of their own; cli.py adds them."""
