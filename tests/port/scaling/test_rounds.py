"""How an operation is timed: by itself, on any interpreter; no test here looks at how fast that is."""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ungil.port.evidence import Point
from ungil.port.scaling import measure, rounds
from ungil.port.scaling.candidates import main as candidates

pytestmark = pytest.mark.iterations(1)  # processes do the work

COUNTS = {"imports": ["math"], "data": {}, "make": "def make():\n    return [1]\n", "call": "math.floor(subject[0])"}


def timed(folder: Path, **asked: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - what JSON has
    """The script, asked for something."""
    file = folder / f"asked-{len(asked)}.json"
    plain = COUNTS | {"trial": False, "threads": [1, 2], "rounds": 2, "seconds": 0.02} | asked
    file.write_text(json.dumps(plain))
    command = [sys.executable, "-I", str(Path(rounds.__file__)), str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_each_number_of_threads_has_its_rounds(tmp_path: Path) -> None:
    """Each has its calls a second and what was waited for a core, and whether the GIL was on is said."""
    said = json.loads(timed(tmp_path).stdout.splitlines()[-1])
    assert {number: len(some) for number, some in said["rounds"].items()} == {"1": 2, "2": 2}
    assert all(rate > 0 and waited >= 0 for some in said["rounds"].values() for rate, waited in some)
    assert said["gil_on"] == getattr(sys, "_is_gil_enabled", lambda: True)()


def test_a_trial_says_what_a_call_takes(tmp_path: Path) -> None:
    """In seconds."""
    said = json.loads(timed(tmp_path, trial=True).stdout.splitlines()[-1])
    assert 0 < said["cost"] < 1


def test_what_is_too_long_to_be_written_comes_beside_it(tmp_path: Path) -> None:
    """As a pickle of its own name."""
    data = {"text": base64.b64encode(pickle.dumps([2, 3])).decode()}
    done = timed(tmp_path, trial=True, data=data, call='sum(DATA["text"])')
    assert done.returncode == 0, done.stderr


def test_threads_have_arguments_of_their_own(tmp_path: Path) -> None:
    """Or what is timed is how they count the references of one that they share."""
    data = {"text": base64.b64encode(pickle.dumps("x")).decode()}
    done = timed(tmp_path, data=data, imports=["sys"], call='sys.stderr.write(f"{id(DATA)}\\n")', seconds=0)
    assert len(set(done.stderr.splitlines())) == 2


def test_what_raises_is_not_timed(tmp_path: Path) -> None:
    """An operation that cannot be made again and again ends the script."""
    done = timed(tmp_path, call="subject.pop()")
    assert done.returncode != 0
    assert "IndexError" in done.stderr


def test_rounds_that_others_disturbed_do_not_count() -> None:
    """As long as there are enough others; else all do, and how much was waited is told."""
    quiet, disturbed = (100.0, 0.0), (1.0, 0.5)
    enough = measure.timed({1: [quiet] * 3 + [disturbed] * 4, 2: [quiet] * 3})
    assert enough == measure.Timed((Point(1, 100, 100, 100), Point(2, 100, 100, 100)), 0.0)
    too_few = measure.timed({1: [quiet] * 3, 2: [quiet, disturbed, disturbed]})
    assert too_few.points == (Point(1, 100, 100, 100), Point(2, 1, 1, 100))
    assert too_few.waited == pytest.approx(1 / 6)


def test_what_does_not_run_has_no_points() -> None:
    """And nobody was disturbed."""
    assert measure.timed({1: [], 2: []}) == measure.Timed((), 0.0)


@pytest.mark.thread_unsafe(reason="it starts several processes, and one round of them is enough")
def test_candidates_come_as_plain_python() -> None:
    """What signatures tell of a module can be timed by a script that has nothing of ungil."""
    found = candidates("zlib")
    assert {one["source"] for one in found} == {"introspection"}
    assert {"owner", "name", "what", "source", "imports", "data", "make", "call"} == set(found[0])
    assert any("zlib" in one["imports"] for one in found)


def test_what_cannot_be_imported_has_no_candidates() -> None:
    """That is for the hammer to say."""
    assert candidates("no_such_module_at_all") == []
