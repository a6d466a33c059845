"""What finds a browser for the report's checks, without starting one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FINDS = Path(__file__).parent / "browser" / "chromium.py"


@pytest.mark.parametrize(("named", "code"), [(sys.executable, 0), ("/nowhere/chromium", 2)])
def test_the_one_that_is_named_is_taken_or_none(named: str, code: int) -> None:
    """Nothing else is looked for or installed; what is wrong is said with what to do."""
    environment = os.environ | {"CHROMIUM": named}
    command = [sys.executable, str(FINDS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    assert (named in done.stdout, "CHROMIUM" in done.stderr) == (code == 0, code == 2)
