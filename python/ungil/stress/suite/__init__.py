"""A project's own tests: serially, then in threads, in processes of their own.

``place`` is where they run, ``sessions`` runs them and goes on behind a crash, ``rounds`` decides what runs how often,
``plugin`` is what of this runs in pytest, ``findings`` says what came of it. ``run`` does it all.
"""
