"""Races in a compiled extension, found without its source: one thread is stopped where another then runs."""
