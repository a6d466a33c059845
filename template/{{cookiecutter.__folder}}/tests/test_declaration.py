"""What the module says about the GIL and about interpreters, and what the project says of itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_tag_file_declaration_and_classifier_agree() -> None:
    """tests/check_wheel.py, which every wheel has to pass, accepts what is installed here."""
    script = Path(__file__).with_name("check_wheel.py")
    check = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=90)
    assert check.returncode == 0, check.stderr


@pytest.mark.skipif(sys.version_info < (3, 14), reason="concurrent.interpreters is new in Python 3.14")
def test_another_interpreter() -> None:
    """An interpreter beside the main one refuses to import the package, or counts for itself."""
    code = """\
from concurrent import interpreters
from {{ cookiecutter.__package }} import Samples

Samples().add(1.0)
other = [
    "from {{ cookiecutter.__package }} import Samples, recorded",
    "Samples().extend([1.0, 2.0])",
    "print(recorded())",
]
try:
    interpreters.create().exec("; ".join(other))
except interpreters.ExecutionFailed as failed:
    print(failed.excinfo.type.__name__)
"""
    command = [sys.executable, "-W", "error", "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() in {"2", "ImportError"}
