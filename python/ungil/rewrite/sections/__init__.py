"""Critical sections: around statements, around the calls of methods, and left by their end alone."""
