"""What all tests have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Processes that the tests start do the work here: a second round would meet nothing that the first has not met.
IN_PROCESSES = (
    "benchmarks",
    "cli",
    "stress/harvest",
    "stress/introspect",
    "stress/suite",
    "stress/hammer/runs/test_cold.py",
    "stress/hammer/test_hunt.py",
    "stress/hammer/scripts/test_script.py",
    "stress/hammer/test_unruly.py",
    "stress/test_deadline.py",
    "stress/test_gil.py",
    "stress/test_linearizable.py",
    "stress/test_parallel.py",
    "template",
    "test_examples.py",
    "test_index.py",
    "test_interpreter.py",
    "wheel/test_probing.py",
    "workshop",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let each thread run a test once whose work is done by other processes."""
    if any(item.path.is_relative_to(TESTS / place) for place in IN_PROCESSES):
        item.add_marker(pytest.mark.iterations(1))
