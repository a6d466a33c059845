"""Findings for readers: ``text`` for a terminal, ``json`` and ``sarif`` for tools, ``page`` for one rule's documentation."""
