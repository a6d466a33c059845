"""Many runs of a test become one outcome, and no failure is lost on the way."""

from __future__ import annotations

import pytest

from ungil.stress.threads import Run
from ungil.stress.verdict import partly_skipped, settle


def raised(error: BaseException) -> BaseException:
    """The exception with a traceback."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def skipped(reason: str) -> BaseException:
    """What ``pytest.skip`` raises."""
    return raised(pytest.skip.Exception(reason))


def runs(*errors: BaseException | None) -> list[Run]:
    """One run in each thread."""
    return [Run(thread, 0, error) for thread, error in enumerate(errors)]


def test_passes() -> None:
    """Runs that raise nothing pass, and what one of them returned comes out for pytest to complain of."""
    assert settle(runs(None, None), 2) is None
    assert settle([Run(0, 0), Run(1, 0, value=False)], 2) is False


def test_alike_failures_are_one() -> None:
    """Failures of one type and place are the first of them, with a note of the runs and of other messages."""
    with pytest.raises(OSError, match="message 0") as caught:
        settle(runs(*(raised(OSError(f"message {n}")) for n in range(7)), None), 8)
    (note,) = caught.value.__notes__
    assert note.splitlines()[0] == "in 7 of 8 runs: thread 0, 1, 2, 3, 4, 5, 6, first at iteration 0"
    assert note.splitlines()[1] == "also as OSError: message 1"
    assert note.splitlines()[-1] == "and as 2 more"


def test_different_failures_are_a_group() -> None:
    """Failures of different types are all in a group, whatever else other threads did."""
    with pytest.raises(BaseExceptionGroup) as caught:
        settle(runs(skipped("no"), raised(SystemExit(1)), raised(KeyError("k")), pytest.xfail.Exception("known")), 4)
    assert [type(error) for error in caught.value.exceptions] == [SystemExit, KeyError]


@pytest.mark.parametrize(
    "stop", [KeyboardInterrupt(), pytest.exit.Exception("enough")], ids=lambda stop: type(stop).__name__
)
def test_what_ends_the_session_wins(stop: BaseException) -> None:
    """KeyboardInterrupt and pytest.exit end the session, as in a serial run."""
    with pytest.raises(type(stop)):
        settle(runs(raised(OSError()), stop), 2)


def test_a_missing_run_fails() -> None:
    """A thread that vanished without a record is a failure."""
    with pytest.raises(pytest.fail.Exception, match="only 1 of 2 runs came to an end"):
        settle(runs(None), 2)


def test_skip_needs_every_run() -> None:
    """Only a skip of all runs is a skip; some of them are told apart for the summary."""
    with pytest.raises(pytest.skip.Exception):
        settle(runs(skipped("no"), skipped("no")), 2)
    some = runs(skipped("no"), None, skipped("never"))
    assert settle(some, 3) is None
    assert partly_skipped(some) == "2 of 3 runs: never; no"
    assert partly_skipped(runs(skipped("no"))) is None


def test_an_exception_that_cannot_be_printed() -> None:
    """A failing ``__str__`` does not hide the failure."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise OSError

    with pytest.raises(MuteError):
        settle(runs(raised(MuteError()), raised(MuteError())), 2)
