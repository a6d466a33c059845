"""Each operation by itself, before threads run any: what cannot be run, or disturbs the test, is left out."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import Final

from ungil import _hammer
from ungil.stress.gil import gil_enabled
from ungil.stress.hammer.models.model import Model
from ungil.stress.hammer.processes.journal import Journal, Phase
from ungil.stress.hammer.runs.crew import Crew

__all__ = ["Alone"]

REAPS: Final = 50
"""Looks at processes that an operation has started: a copy of this one ends as soon as its call returns."""

TIMES: Final = 2
"""A second call may do what the first one did not."""


class Alone:
    """Calls operations with nothing beside them. For the thread that runs the crew.

    Attributes:
        slowest: of the calls so far, in seconds.
    """

    def __init__(self, crew: Crew, journal: Journal) -> None:
        """Call them with this crew."""
        self.slowest = 0.0
        self._crew = crew
        self._journal = journal
        self._has_children = False
        self._streams = [_copy(number) for number in range(3)]

    def why_not(self, number: int, model: Model, operation: int) -> str:
        """Why the model cannot be run (operation -1), or this operation; empty if it can."""
        self._journal.phase(Phase.ALONE, number, operation)
        try:
            return self._why_not(model, operation)
        except BaseException as error:  # noqa: BLE001 - whatever making an object or getting at its method raises
            what = "making the object" if operation < 0 else "getting it ready"
            return f"{what} raises {type(error).__name__}: {error}"
        finally:
            self._restore_streams()

    def _why_not(self, model: Model, operation: int) -> str:
        for thread in range(2):
            subject = self._crew.make(model.make, thread)
        if operation < 0:
            return ""
        self._crew.run(subject, [()], [])  # so that the signals are taken
        for _ in range(TIMES):
            before = [_hammer.handler_of(number) for number in _signals()]
            began = time.perf_counter()
            self._crew.run(subject, [(model.operations[operation],)], [])
            self.slowest = max(self.slowest, time.perf_counter() - began)
            if before != [_hammer.handler_of(number) for number in _signals()]:
                return "installs a handler for SIGTRAP or SIGSEGV, by which threads are stopped and crashes are told"
            if gil_enabled():
                return "turns the GIL on"
            known, (found, self._has_children) = self._has_children, _reap()
            if found and not known:
                return "starts processes, or forks"
        return ""

    def _restore_streams(self) -> None:
        """Open again what an operation has closed: what is opened next would get its number."""
        for number, copy in enumerate(self._streams):
            with suppress(OSError):
                os.dup2(copy, number)


def _copy(number: int) -> int:
    try:
        return os.dup(number)
    except OSError:
        return -1


def _signals() -> list[int]:
    return [getattr(signal, name) for name in ("SIGTRAP", "SIGSEGV") if hasattr(signal, name)]


def _reap() -> tuple[bool, bool]:
    """Wait for processes that have ended or are about to; whether there were any, and whether others are left."""
    found = False
    for _ in range(REAPS if hasattr(os, "WNOHANG") else 0):
        try:
            child, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found, False
        found = True
        if not child:
            time.sleep(0.01)
    return found, found
