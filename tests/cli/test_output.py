"""What the commands do when their output cannot be written, or the locale cannot express it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BEFORE = Path(__file__).parents[2] / "examples" / "before"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_and_not_a_finding() -> None:
    """Output that cannot be written exits with 2 and says why, without a traceback."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "ungil", "explain", "UG101"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("ungil: error: the output cannot be written: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_output_to_a_file_is_utf8_whatever_the_locale(tmp_path: Path, form: str) -> None:
    """A snake in the source arrives as UTF-8, also where Python would write another encoding."""
    (tmp_path / "x.c").write_text('int f(void) { return use(PyDict_GetItem("\U0001f40d", k)); }\n', encoding="utf-8")
    command = [sys.executable, "-m", "ungil", "audit", str(tmp_path), "--format", form]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
    assert done.returncode == 1, done.stderr
    assert "\U0001f40d" in done.stdout.decode("utf-8")
