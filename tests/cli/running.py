"""The command, run as a user runs it: in a process, with a cache of its own."""

import os
import subprocess
import sys
from pathlib import Path

BORROWS = """\
#include <Python.h>
static PyObject *
first(PyObject *self, PyObject *list)
{
    return Py_XNewRef(PyList_GetItem(list, 0));
}
"""


def ungil(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs ``ungil`` in a folder, beside which it may keep its cache."""
    command = [sys.executable, "-m", "ungil", *map(str, arguments)]
    settings = os.environ | {"XDG_CACHE_HOME": str(folder.resolve() / ".cache")} | environment
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False, env=settings
    )


_INTERRUPTIBLE = """
import signal, sys
from ungil.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""
INTERRUPTIBLE = (sys.executable, "-c", _INTERRUPTIBLE)
"""``ungil`` for a test that interrupts it: all that a shell starts in the background ignores Ctrl-C."""
