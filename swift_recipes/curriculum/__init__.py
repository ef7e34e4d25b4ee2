"""General pictures first, then circuits from easy to hard: which rows are trained on when."""
