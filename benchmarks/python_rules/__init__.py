"""The rules about Python code on released packages: how much they say, and how much of it is so."""
