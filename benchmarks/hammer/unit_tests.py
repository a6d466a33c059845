"""Ordinary unit tests of a mutant: each makes an object, makes one or two calls, and expects what one thread gets.

These are what a project has before it thinks of threads. pytest-run-parallel runs each of them beside itself.
"""

from __future__ import annotations

import itertools
import os
import random

import pytest
from benchmarks.hammer.process import MUTANT, SEED, TWIN
from benchmarks.hammer.recorder import ran
from tests.stress.mutants.catalogue import named
from tests.stress.mutants.outcome import attempt, outcome, sequential

from ungil.stress.hammer.models.model import Operation

MODEL = named(os.environ[MUTANT]).model(twin=bool(os.environ[TWIN]))
CASES = [
    (calls, sequential(MODEL, [calls])[0])
    for length in (1, 2)
    for calls in itertools.product(MODEL.operations, repeat=length)
]
random.Random(os.environ[SEED]).shuffle(CASES)  # noqa: S311 - no secret


@pytest.mark.parametrize(("calls", "expected"), CASES)
def test_calls(calls: tuple[Operation, ...], expected: object) -> None:
    """A fresh object returns what it returned before, and ends in the same state."""
    subject = MODEL.make()
    results = [attempt(call.bind(subject)) for call in calls]
    assert outcome(MODEL, subject, [results]) == expected  # noqa: S101 - pytest asserts
    ran()
