"""A person's word on Items: the page, spreadsheets, Label Studio, and the log they all write."""
