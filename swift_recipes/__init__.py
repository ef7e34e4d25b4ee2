"""What is handed to ms-swift: recipes, plugins, the stand-in model."""
