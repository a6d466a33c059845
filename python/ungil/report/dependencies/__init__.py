"""Dependencies, for readers: ``text``, ``json``, ``sarif``, ``github``, ``markdown``, each with ``render(checked)``."""
