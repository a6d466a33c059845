"""Findings for readers, one file per format; ``page`` documents a rule."""
