"""Every wrong answer of one or two runs as one HTML file: picture, question, replies, and how each was read."""
