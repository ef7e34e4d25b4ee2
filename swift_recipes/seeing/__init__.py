"""Teaching the stand-in to see: dense truth first, questions after, on two CPU cores or a GPU."""
