"""What a question is, and when an answer is right."""
