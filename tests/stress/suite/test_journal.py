"""A journal is of one process, whatever its tests do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ungil.stress.suite.journal import Reader

FORKS = """
import os, sys, pathlib
from ungil.stress.suite.journal import Writer
writer = Writer(pathlib.Path(sys.argv[1]))
child = os.fork()
writer.write("begun", name="child" if child == 0 else "parent")
os.waitpid(child, 0)
writer.write("over")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_a_forked_child_writes_nothing(tmp_path: Path) -> None:
    """It ends instead: otherwise it would run the rest of the session beside its parent."""
    path = tmp_path / "journal"
    subprocess.run([sys.executable, "-c", FORKS, path], check=True, timeout=60)
    assert path.read_text().count("child") == 0
    journal = Reader(path).look()
    assert (journal.running, journal.over) == ("parent", True)
