"""The function that a pytest item calls, and one that takes its place to run it in threads."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Protocol, cast

import pytest

from ungil.stress.threads import Run, run_in_threads
from ungil.stress.verdict import settle

__all__ = ["ParallelFunction", "function_of", "is_coroutine_function", "set_function"]


class HasFunction(Protocol):
    """An item that calls a Python function: a ``pytest.Function``, or a custom item with an ``obj`` as well."""

    obj: Callable[..., object]


def function_of(item: pytest.Item) -> Callable[..., object] | None:
    """The test function; None if there is none, as in a doctest."""
    return getattr(item, "obj", None)


def set_function(item: pytest.Item, function: Callable[..., object]) -> None:
    """Have the item call ``function`` instead."""
    cast("HasFunction", item).obj = function


def is_coroutine_function(item: pytest.Item) -> bool:
    """Whether calling the test function only makes a coroutine or an asynchronous generator."""
    function = function_of(item)
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


class ParallelFunction:
    """Called once as a test function, it calls the real one in threads; to pytest it looks like the real one.

    Attributes:
        runs: the records of the last call.
    """

    def __init__(self, function: Callable[..., object], *, threads: int, iterations: int) -> None:
        """Take the place of ``function``."""
        functools.update_wrapper(self, function)
        self.__globals__ = getattr(function, "__globals__", {})  # where pytest evaluates a condition given as a string
        self._function = function
        self._threads = threads
        self._iterations = iterations
        self.runs: list[Run] = []

    def __call__(self, **fixtures: object) -> object:
        """Run, and raise or return what ``settle`` makes of it."""
        __tracebackhide__ = True
        self.runs = run_in_threads(self._function, fixtures, threads=self._threads, iterations=self._iterations)
        return settle(self.runs, self._threads * self._iterations)
