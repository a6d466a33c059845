"""What threads have written of where they stand, whichever way, is made readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from ungil.stress.suite.stacks import readable

MAPS = "1000-2000 r-xp 00000000 00:00 1 /lib/libc.so.6\n3000-4000 r-xp 00000000 00:00 2 /site/_spam.so\n"
OURS = """\
Fatal Python error: Segmentation fault

Stack (most recent call first):
  File "/p/tests/test_it.py", line 7 in test_it
  File "/site/_pytest/python.py", line 1 in call
crash in thread 2
0x3010
0x1020
thread 0
0x1020
Stack (most recent call first):
  File "/lib/python/threading.py", line 9 in join
"""
THEIRS = """\
Thread 0x00007f1 [parallel-0] (most recent call first):
  File "/p/tests/test_it.py", line 7 in test_it
Thread 0x00007f2 [MainThread] (most recent call first):
  File "/lib/python/threading.py", line 9 in join
"""
GDB = """\
Thread 2 (Thread 0x7f (LWP 42) "python"):
#0  0x0000000000001020 in futex () from /lib/libc.so.6
#1  0x0000000000003010 in lock () from /site/_spam.so
Thread 1 (Thread 0x7f (LWP 41) "python"):
#0  0x0000000000001020 in futex () from /lib/libc.so.6
"""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (OURS, "thread 1, which crashed:\n  _spam.so+0x10\n  test_it (tests/test_it.py:7)"),
        (THEIRS, "parallel-0:\n  test_it (tests/test_it.py:7)"),
        (
            THEIRS + GDB,
            "parallel-0:\n  test_it (tests/test_it.py:7)\nthread 42 of the system:\n  libc.so.6+0x20\n  _spam.so+0xf",
        ),
        ("", ""),
        ("nothing known", "nothing known"),
    ],
)
def test_readable(tmp_path: Path, written: str, said: str) -> None:
    """The frames of extensions, what these have called, and those of the tests; not what only waits for others."""
    stacks = tmp_path / "1.stacks"
    stacks.write_text(written)
    stacks.with_suffix(".maps").write_text(MAPS)
    assert readable(stacks, tmp_path) == said


def test_nothing_was_written(tmp_path: Path) -> None:
    """It is no error."""
    assert not readable(tmp_path / "nothing", tmp_path)
