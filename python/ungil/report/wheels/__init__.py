"""What is said of wheels: ``text``, ``json``, ``sarif``, ``github``, ``markdown``, each with a ``render(checked)``."""
