"""Hunts for what the tests know to be there, or not: extensions of tests/ext, and models of them."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ext.build import HERE, compile_extension
from tests.ext.kept import kept

from ungil.stress.hammer.hunt import hunt
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.processes.series import Settings
from ungil.stress.hammer.processes.watch import Patience

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
HUNTS = [
    pytest.mark.thread_unsafe(reason="the processes that it starts need all cores for themselves"),
    pytest.mark.skipif(not FREE_THREADED, reason="nothing is hammered where threads take turns"),
]

QUICK = Patience(alone=2.0, run=2.0, over=30.0)
"""For operations that take microseconds, on machines that are busy with something else."""

MODEL = """
from {module} import *
import {module}
from ungil.stress.hammer.models.model import Model, Operation, operation

"""


def built(name: str, *defined: str) -> str:
    """The folder with tests/ext/NAME.c compiled with these macros."""
    if sys.platform == "win32":
        pytest.skip("it is compiled by a command line of gcc or clang")
    header, source = (HERE / "racy_module.h").read_bytes(), (HERE / f"{name}.c").read_bytes()
    parts: list[str | bytes] = [sys.version, header, source, *defined]
    return str(kept("-".join([name, *defined]), parts, lambda folder: _compile(name, folder, defined)))


def _compile(name: str, folder: Path, defined: tuple[str, ...]) -> None:
    compile_extension(name, folder, *defined)


def model_file(folder: Path, module: str, text: str) -> str:
    """A model file for a module."""
    file = folder / "model.py"
    file.write_text(MODEL.format(module=module) + text)
    return str(file)


def target_of(module: str, file: str, *defined: str) -> Target:
    """One of the extensions, with the models in a file."""
    makers = [("tests.stress.hammer.plain_models:in_file", [file])]
    return Target(module=module, makers=makers, path=[built(module, *defined), *sys.path])


def hunted(folder: Path, text: str, *defined: str, budget: float = 4.0, patience: Patience = QUICK) -> Result:
    """What a hunt in tests/ext/hunted.c with this model comes to."""
    target = target_of("hunted", model_file(folder, "hunted", text), *defined)
    return hunt(target, Settings(budget=budget, seed=1, patience=patience))


def unruly(folder: Path, text: str, *defined: str, gil_off: bool = False, start: float = QUICK.start) -> Result:
    """What a hunt in tests/ext/unruly.c with this model comes to."""
    target = target_of("unruly", model_file(folder, "unruly", text), *defined)
    return hunt(target, Settings(budget=0.5, seed=1, patience=replace(QUICK, start=start), gil_off=gil_off))
