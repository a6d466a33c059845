"""Compiles floor.c with the compiler that the interpreter was built with, and loads it."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import shlex
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.sync.case import BenchmarkError

SOURCE = Path(__file__).with_name("floor.c")


@functools.cache
def floor_type() -> Any:  # noqa: ANN401 - a class that only exists once it is compiled
    """The class Floor.

    Raises:
        BenchmarkError: there is no compiler, or it complained.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a loaded module outlives its file
        target = Path(folder) / f"floor{sysconfig.get_config_var('EXT_SUFFIX')}"
        _compile(target)
        loader = importlib.machinery.ExtensionFileLoader("floor", str(target))
        spec = importlib.util.spec_from_file_location("floor", target, loader=loader)
        if spec is None:
            raise BenchmarkError(f"the interpreter does not load {target.name} as an extension")
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    return module.Floor


def _compile(target: Path) -> None:
    link = shlex.split(str(sysconfig.get_config_var("LDSHARED")))
    options = ["-O2", "-fPIC", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{sysconfig.get_path('include')}"]
    command = [*link, *options, str(SOURCE), "-o", str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except OSError as error:
        raise BenchmarkError(f"{command[0]}, which compiles {SOURCE.name}, could not be started: {error}") from error
    if done.returncode != 0:
        raise BenchmarkError(f"{SOURCE.name} could not be compiled:\n{shlex.join(command)}\n{done.stderr}")
