"""Removes the answers file, which is copier's and empty here."""

from pathlib import Path

Path(".copier-answers.yml").unlink()
