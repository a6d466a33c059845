"""What the module says about the GIL, and what the project says of itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_tag_file_declaration_and_classifier_agree() -> None:
    """tests/check_wheel.py, which every wheel has to pass, accepts what is installed here."""
    script = Path(__file__).with_name("check_wheel.py")
    check = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=90)
    assert check.returncode == 0, check.stderr
