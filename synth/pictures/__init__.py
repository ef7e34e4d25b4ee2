"""Pictures before anybody asks about them: copied in, checked, grouped with their near-duplicates."""
