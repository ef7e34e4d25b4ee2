"""What came of training runs: a small summary of each, and the page that lists them."""
