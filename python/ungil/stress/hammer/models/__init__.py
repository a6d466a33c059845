"""What is hammered: how an object is made, what is done to it, and how both are written down."""
