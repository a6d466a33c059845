"""Cython: text to facts."""
