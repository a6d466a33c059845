"""In how many threads each test is to run, and if in one only, why: as pytest-run-parallel decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

import pytest

from ungil.stress.function import function_of, is_coroutine_function

__all__ = ["Decisions", "Plan", "decisions_of", "hold_back_coroutines", "plan"]

UPSTREAM: Final = "_run-parallel"  # under this name pytest-run-parallel 0.10 registers its decisions; a test pins it
COROUTINE: Final = "is a coroutine function: threads would make coroutines and run none of them"
NOT_ASKED: Final = "no more than 1 thread was asked for"


class Decisions(Protocol):
    """What is read of pytest-run-parallel: two attributes that it does not document; a test pins them."""

    @property
    def run_in_parallel(self) -> Mapping[str, int]:
        """Node id to number of threads."""
        ...

    @property
    def thread_unsafe(self) -> Mapping[str, str]:
        """Node id to why in one thread only."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How one test is to run.

    Attributes:
        threads: at the same time.
        iterations: in each thread.
        alone: why in one thread only; empty if in more.
        excused: whether the author of the test wrote that reason.
    """

    threads: int
    iterations: int
    alone: str = ""
    excused: bool = False

    @property
    def size(self) -> str:
        """For people: "4 threads x 2 iterations"."""
        iterations = "1 iteration" if self.iterations == 1 else f"{self.iterations} iterations"
        return f"{self.threads} threads x {iterations}"


def decisions_of(config: pytest.Config) -> Decisions:
    """The object which knows, once the tests are collected, what pytest-run-parallel decided.

    Raises:
        pytest.UsageError: it is not there, or not as in version 0.10.
    """
    plugin = config.pluginmanager.get_plugin(UPSTREAM)
    if not all(hasattr(plugin, name) for name in ("run_in_parallel", "thread_unsafe")):
        raise pytest.UsageError(
            "ungil.stress.parallel needs pytest-run-parallel 0.10 or newer, which is not active here or has changed.\n"
            "  Install it; where PYTEST_DISABLE_PLUGIN_AUTOLOAD is set, add -p pytest_run_parallel.plugin."
        )
    return cast("Decisions", plugin)


def hold_back_coroutines(item: pytest.Item) -> None:
    """Leave a coroutine function to whoever awaits it, by means of pytest-run-parallel's own markers."""
    if is_coroutine_function(item):
        item.add_marker(pytest.mark.force_parallel_threads(1), append=False)
        item.add_marker(pytest.mark.iterations(1), append=False)


def plan(item: pytest.Item, decisions: Decisions) -> Plan:
    """The plan for one collected test.

    Raises:
        pytest.UsageError: no iteration was asked for; the test would pass without being called.
    """
    marker = item.get_closest_marker("iterations")
    iterations = int(marker.args[0] if marker else item.config.getoption("iterations"))
    if iterations < 1:
        raise pytest.UsageError(f"{item.nodeid} is to run {iterations} times: it would pass whatever it says.")
    if threads := decisions.run_in_parallel.get(item.nodeid):
        return Plan(threads, iterations)
    if function_of(item) is None:
        iterations = 1
    excuse = item.get_closest_marker("thread_unsafe")
    if excuse and excuse.kwargs.get("reason"):
        return Plan(1, iterations, str(excuse.kwargs["reason"]), excused=True)
    if is_coroutine_function(item):
        return Plan(1, iterations, COROUTINE)
    return Plan(1, iterations, decisions.thread_unsafe.get(item.nodeid, NOT_ASKED))
