"""Continuous integration: text to facts."""
