"""What builds the modules: text to facts."""
