"""PDFs: pages and figures as pictures of the size the model sees, and their text; `fill` puts them into a dataset."""
