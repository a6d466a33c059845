"""What every report of a project's tests says, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ungil.report.counting import count, levels
from ungil.stress.suite.findings import Conclusion
from ungil.stress.suite.model import Stressed, Verdict

__all__ = ["gaps", "how", "how_many", "limits", "verdict"]

_SERIAL = (Verdict.FAILS_ALONE, Verdict.DIES_ALONE, Verdict.FLAKY, Verdict.SKIPPED)
_THREADED = (
    Verdict.CRASHES,
    Verdict.HANGS,
    Verdict.RACY,
    Verdict.UNREPEATABLE,
    Verdict.ALONE,
    Verdict.NOT_REACHED,
)


def verdict(conclusion: Conclusion) -> str:
    """What was found."""
    found = conclusion.findings
    if found:
        return f"{count(len(found), 'finding')} ({levels(found)})"
    stressed = conclusion.stressed
    return "No findings" if stressed.in_threads else "No findings, and no test ran in threads"


def how_many(stressed: Stressed) -> Iterator[str]:
    """How the tests went, in numbers: in one thread, and in several."""
    yield f"{count(stressed.collected, 'test')}; {stressed.passed_serially:,} passed alone{_some(stressed, _SERIAL)}."
    if stressed.unread:
        yield f"{count(len(stressed.unread), 'file')} of tests could not be imported."
    times = "once" if stressed.repeats == 1 else f"{stressed.repeats} times"
    size = f"{count(stressed.threads, 'thread')} x {count(stressed.iterations, 'iteration')}, {times}"
    yield f"In {size}: {stressed.in_threads:,} ran, {stressed.passed_in_threads:,} passed{_some(stressed, _THREADED)}."


def _some(stressed: Stressed, verdicts: Sequence[Verdict]) -> str:
    unread = {test.name for test in stressed.unread}
    numbers = [(sum(test.name not in unread for test in stressed.having(one)), one.told) for one in verdicts]
    return "".join(f", {number:,} {word}" for number, word in numbers if number)


def gaps(stressed: Stressed) -> list[tuple[str, list[str]]]:
    """Why tests did not run in threads, the most frequent reason first, each with their names."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for test in stressed.having(Verdict.ALONE, Verdict.SKIPPED, Verdict.NOT_REACHED):
        kind = "skipped" if test.verdict is Verdict.SKIPPED else "in one thread"
        reasons[f"{kind}: {test.said or 'no reason given'}"].append(test.name)
    return sorted(reasons.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def how(stressed: Stressed) -> Iterator[str]:
    """How it was done: what somebody needs to do it again."""
    yield f"Python {stressed.python}; tests of {stressed.runner}; {stressed.seconds:.0f} s"
    yield f"GIL: {stressed.gil}"
    yield stressed.command


def limits(stressed: Stressed) -> str:
    """What nobody may conclude from it."""
    calls = stressed.threads * stressed.iterations * stressed.repeats
    return (
        f"Each test met itself {calls:,} times, in whatever order threads came to run: what the tests do not call, and "
        "what takes rarer meetings, is not shown. That nothing was found is no proof that there are no races."
    )
