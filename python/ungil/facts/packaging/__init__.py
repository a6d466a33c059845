"""How a project is packaged: text to facts."""
