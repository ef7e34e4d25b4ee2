"""What a run will take, said before it starts: its rows in tokens, packs and steps, and the memory of a GPU."""
