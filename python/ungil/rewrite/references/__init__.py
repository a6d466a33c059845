"""Borrowed references become strong ones: how they are fetched, what lives in the object, where it is released."""
