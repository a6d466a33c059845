"""Findings for readers: ``text`` for a terminal, ``json`` and ``sarif`` for tools, ``page`` to document a rule."""
