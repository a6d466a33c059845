"""A test of the project passes once, and not a second time in the same process, in one thread.

What it finds
    Tests that failed in threads and, repeated in one thread, failed from the second time on. What runs at the same time
    also runs again: such a test tells nothing about threads.

Why it is unsafe without the GIL
    It may not be: the test registers a name twice, appends to a fixture's list, or expects an empty cache. But it can
    show no race either, so what it would drive is not judged.

How to fix it
    Have the test make what it changes, or undo it: in the test rather than in a fixture, whose value all runs share. Or
    say that it has to run alone: ``@pytest.mark.thread_unsafe(reason="...")``.

References
    https://github.com/Quansight-Labs/pytest-run-parallel
    https://py-free-threading.github.io/testing/
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG916",
    slug="test-not-repeatable",
    severity=Severity.NOTE,
    doc=__doc__,
    examples=(
        Seen(
            "A fixture's list that grows with each run",
            """\
seen: failed in 8 of 17 runs in one thread
seen: assert [5, 2] == [2]
seen: its runs share the fixtures: watcher
""",
            "tests.text",
        ),
    ),
)
