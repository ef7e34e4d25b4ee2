"""Giving a model away: its card, what of its folder may leave the machine, and the upload."""
