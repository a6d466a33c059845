"""What an extension builds on its first use is built in a process of its own each time, and races there are found."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.ext.build import compile_extension, load_extension

from ungil.stress.hammer.models.model import Model, Operation, Scenario
from ungil.stress.hammer.runs.attempt import Kind, Method
from ungil.stress.hammer.runs.cold import ColdStart, Ended, in_a_fork
from ungil.stress.hammer.runs.crew import NativeTurn, stepping_is_absent
from ungil.stress.hammer.runs.text import loaded_text

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

pytestmark = [
    pytest.mark.thread_unsafe(reason="it forks, and a fork has the thread only that asked for it"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
]

with_stops = pytest.mark.skipif(
    not FREE_THREADED or bool(stepping_is_absent()), reason="no thread can be stopped here, or nobody else can run then"
)


class Nobody:
    """A journal that nobody reads."""

    def scenario(self, scenario: Scenario, method: Method) -> None:
        """Forget it."""

    def run(self, owner: int, turns: Sequence[NativeTurn]) -> None:
        """Forget it."""


def explored(path: str) -> list[list[object]]:
    """What the first uses of the extension at that path come to: kind, method, scenario, outcome, how often again."""
    module = load_extension(Path(path))
    operations = tuple(
        Operation(name, getattr(module, name), alone=True) for name in ("shared", "square_of_seven", "abort_if_filling")
    )
    model = Model(name="first_use", make=lambda: None, operations=operations, state=lambda _: None)
    cold = ColdStart(model, loaded_text([path]), Nobody(), random.Random(1))  # noqa: S311 - no secret
    return [
        [str(one.kind), str(one.attempt.method), str(one.attempt.scenario), one.got, one.reproduced[0]]
        for one in cold.observations(time.monotonic() + 60)
    ]


def found(folder: Path, *defined: str) -> dict[str, list[object]]:
    """The same by scenario, of the extension compiled with these macros: in a process that has no other thread."""
    path = compile_extension("first_use", folder, *defined)
    code = f"import json; from {__name__} import explored; print(json.dumps(explored({str(path)!r})))"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    command = [sys.executable, "-X", "faulthandler=0", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=True)
    return {str(seen[2]): seen for seen in json.loads(done.stdout)}


@with_stops
def test_first_uses_that_race_are_found(tmp_path: Path) -> None:
    """An object that is made twice, a table that is read half filled, and a process that dies of it."""
    seen = found(tmp_path)
    assert {method for _, method, *_ in seen.values()} == {Method.FIRST_USE}
    twice = seen["A: shared() | B: shared()"]
    assert (twice[0], twice[3]) == (Kind.OUTCOME, "A: object#1 | B: object#2 | then None")
    assert seen["A: square_of_seven() | B: square_of_seven()"][3] == "A: 49 | B: 0 | then None"
    died = seen["A: abort_if_filling() | B: abort_if_filling()"]
    assert (died[0], died[3], died[4]) == (Kind.CRASH, "SIGABRT", 5)


@with_stops
def test_first_uses_under_a_lock_come_to_nothing(tmp_path: Path) -> None:
    """The same, built by one thread while the others wait."""
    assert found(tmp_path, "CORRECT") == {}


@pytest.mark.parametrize(
    ("work", "ended"),
    [
        (lambda: [1, {"a": "ü"}], Ended([1, {"a": "ü"}])),
        (lambda: os._exit(3), Ended(None, "exit code 3")),
        (lambda: signal.raise_signal(signal.SIGKILL), Ended(None, "SIGKILL")),
        (lambda: int("no"), Ended(None, "exit code 1")),
        (lambda: time.sleep(600), Ended(None, "hangs")),
    ],
)
def test_a_fork_says_how_it_ended(work: Callable[[], object], ended: Ended) -> None:
    """A copy of the process that returns, exits, dies, raises or hangs: each is told from the others."""
    assert in_a_fork(work, 1.0 if ended.why == "hangs" else 60.0) == ended
