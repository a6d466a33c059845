"""What the module says about the GIL, and what the project says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import metadata

from conftest import FREE_THREADED


def test_import_leaves_the_gil_off() -> None:
    """A fresh process that imports the package, warnings being errors, has the GIL as its build has it."""
    code = "import {{ cookiecutter.__package }}, sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
    # PYTHON_GIL=0 would keep the GIL off whatever the module declares.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    command = [sys.executable, "-W", "error", "-c", code]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == str(not FREE_THREADED)


def test_classifier_says_what_is_tested() -> None:
    """The project claims free threading at the level that its tests show, and at one level only."""
    claims = [claim for claim in metadata("{{ cookiecutter.name }}").get_all("Classifier", []) if "Free Threading" in claim]
    assert claims == ["Programming Language :: Python :: Free Threading :: 2 - Beta"]
