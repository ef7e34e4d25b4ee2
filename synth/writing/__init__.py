"""Questions written by teachers on the pictures of a dataset folder."""
