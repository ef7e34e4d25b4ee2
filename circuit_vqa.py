"""The front door: `circuit-vqa <room> <verb>`. A room is imported only when it is called."""
