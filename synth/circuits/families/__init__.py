"""One family of circuits a file."""
