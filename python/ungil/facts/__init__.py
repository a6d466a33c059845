"""Front-ends: sources become facts. ``model`` is what a rule may see, ``c`` reads C and C++."""
