"""From truth to items."""
