"""C and C++: text to facts."""
