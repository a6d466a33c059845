"""A test of the project fails when it runs in several threads, and does not however often it runs in one.

What it finds
    Tests that passed in one thread, also when they were repeated there as often as they ran in all threads together,
    and failed in several threads at once. So it is neither chance nor what the first run left behind.

Why it is unsafe without the GIL
    Each thread runs the same test, and what they share is changed by one while another one uses it: state of the
    extension, as a cache, a counter or a buffer that all its objects have; or what the test itself shares, which the
    evidence names: the value of a fixture, a global of the test's module.

How to fix it
    Find out what is shared. If it is the project's, it needs a lock, or to belong to a thread: ``ungil hammer`` shows
    which two calls must not meet. If only the test shares it, have each thread make its own, or say so where it stands:
    ``@pytest.mark.thread_unsafe(reason="...")``; it then runs in one thread.

References
    https://py-free-threading.github.io/testing/
    https://github.com/Quansight-Labs/pytest-run-parallel
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG912",
    slug="test-races",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "A counter that all objects share loses what two threads add at once",
            """\
seen: failed in 3 of 16 runs in 4 threads, in none of 17 in one
seen: assert 1998 == 2000
""",
            "tests.text",
        ),
    ),
)
