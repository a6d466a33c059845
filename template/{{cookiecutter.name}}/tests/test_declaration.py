"""What the module says about the GIL, and what the project says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import metadata

import pytest
from conftest import FREE_THREADED


def run_alone(code: str) -> str:
    """Run the code in a process of its own, warnings being errors; return what it printed."""
    # PYTHON_GIL=0 would keep the GIL off whatever the module declares.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    command = [sys.executable, "-W", "error", "-c", code]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return said.stdout.strip()


def test_import_leaves_the_gil_off() -> None:
    """A fresh process that imports the package has the GIL as its build has it."""
    code = "import {{ cookiecutter.__package }}, sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
    assert run_alone(code) == str(not FREE_THREADED)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="concurrent.interpreters is new in Python 3.14")
def test_another_interpreter() -> None:
    """An interpreter beside the main one refuses to import the package, or counts for itself."""
    code = """\
from concurrent import interpreters
from {{ cookiecutter.__package }} import Samples

Samples().add(1.0)
try:
    interpreters.create().exec("import {{ cookiecutter.__package }} as p; p.Samples().extend([1.0, 2.0]); print(p.recorded())")
except interpreters.ExecutionFailed as failed:
    print(failed.excinfo.type.__name__)
"""
    assert run_alone(code) in {"2", "ImportError"}


def test_classifier_says_what_is_tested() -> None:
    """The project claims free threading at the level that its tests show, and at one level only."""
    claims = [claim for claim in metadata("{{ cookiecutter.name }}").get_all("Classifier", []) if "Free Threading" in claim]
    assert claims == ["Programming Language :: Python :: Free Threading :: 2 - Beta"]
