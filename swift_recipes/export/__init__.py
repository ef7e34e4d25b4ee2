"""Weights that leave training: the base they merge onto, quantising, and whether they still answer the same."""
