"""The quality report of a dataset folder: what is in it, how far it can be trusted, what it cost."""
