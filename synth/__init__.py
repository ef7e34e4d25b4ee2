"""Makes verified questions and answers."""
