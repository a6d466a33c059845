"""Findings for readers: ``text`` for a terminal, ``json``, ``sarif``, ``github``, ``markdown`` for tools, ``page`` for a rule."""
