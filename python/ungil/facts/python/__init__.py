"""Python: text to facts."""
