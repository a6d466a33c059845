"""The outcome of a test that ran many times: a failure in any run fails it, and each different failure is shown."""

from __future__ import annotations

import traceback
import unittest
from collections.abc import Sequence
from typing import Final

import pytest

from ungil.stress.threads import STOPS, Run

__all__ = ["failed_runs", "partly_skipped", "settle"]

type Failure = tuple[BaseException, Run]

SKIPS: Final = (pytest.skip.Exception, unittest.SkipTest)
MESSAGES_SHOWN: Final = 4


def settle(runs: Sequence[Run], expected: int) -> object:
    """Turn many runs into the one outcome that pytest asks for.

    What counts, first to last: an exception that ends the session, a failure, a run that is missing, ``pytest.xfail``,
    a skip of every run. Runs that were skipped beside others that passed are left to the summary.

    Args:
        runs: what was recorded.
        expected: how many runs there should be.

    Returns:
        What a run returned if anything but None: pytest warns of it.

    Raises:
        BaseException: that of a run, or a group of those that differ in type or traceback, with notes of where they
            were raised. To ``xfail(raises=...)`` the group is a group.
    """
    __tracebackhide__ = True
    runs = sorted(runs, key=lambda run: (run.thread, run.iteration))
    raised = [(run.error, run) for run in runs if run.error is not None]
    for error, _ in raised:
        if isinstance(error, STOPS):
            raise error
    if failures := [(error, run) for error, run in raised if not isinstance(error, (*SKIPS, pytest.xfail.Exception))]:
        raise fold(failures, len(runs))
    if len(runs) < expected:
        pytest.fail(f"only {len(runs)} of {expected} runs came to an end: a thread vanished in the test", pytrace=False)
    xfails = [error for error, _ in raised if isinstance(error, pytest.xfail.Exception)]
    if xfails or len(raised) == len(runs):
        raise xfails[0] if xfails else raised[0][0]
    return next((run.value for run in runs if run.value is not None), None)


def partly_skipped(runs: Sequence[Run]) -> str | None:
    """Say how many runs were skipped and why, if some were and some were not."""
    reasons = [str(run.error) for run in runs if isinstance(run.error, SKIPS)]
    if not reasons or len(reasons) == len(runs):
        return None
    return f"{len(reasons)} of {len(runs)} runs: {'; '.join(sorted(set(reasons)))}"


def failed_runs(runs: Sequence[Run]) -> list[Run]:
    """Those that failed, in the order of their iterations."""
    failed = [one for one in runs if one.error and not isinstance(one.error, (*SKIPS, pytest.xfail.Exception))]
    return sorted(failed, key=lambda one: (one.iteration, one.thread))


def fold(failures: Sequence[Failure], total: int) -> BaseException:
    """One exception for all failures: those of one type and traceback count as one, with a note of how often."""
    alike: dict[object, list[Failure]] = {}
    for error, run in failures:
        frames = traceback.walk_tb(error.__traceback__)
        place = tuple((frame.f_code.co_filename, line) for frame, line in frames)
        alike.setdefault((type(error), place), []).append((error, run))
    different = []
    for same in alike.values():
        error = same[0][0]
        error.add_note(whereabouts(same, total))
        different.append(error)
    if len(different) == 1:
        return different[0]
    return BaseExceptionGroup(f"{len(failures)} of {total} runs failed in {len(different)} different ways", different)


def whereabouts(same: Sequence[Failure], total: int) -> str:
    """In which runs one failure was seen, and what else it said there."""
    threads = sorted({run.thread for _, run in same})
    first = min(run.iteration for _, run in same)
    others = list(dict.fromkeys(first_line(error) for error, _ in same))[1:]
    lines = [
        f"in {len(same)} of {total} runs: thread {', '.join(map(str, threads))}, first at iteration {first}",
        *(f"also as {other}" for other in others[:MESSAGES_SHOWN]),
    ]
    if len(others) > MESSAGES_SHOWN:
        lines.append(f"and as {len(others) - MESSAGES_SHOWN} more")
    return "\n".join(lines)


def first_line(error: BaseException) -> str:
    """Type and message, also of an exception whose ``__str__`` fails."""
    return traceback.format_exception_only(error)[0].splitlines()[0]
