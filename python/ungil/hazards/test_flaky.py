"""A test of the project fails now and then in one thread already.

What it finds
    Tests that failed in some of their runs in one thread and passed in others. That they fail in several threads too
    says nothing then.

Why it is unsafe without the GIL
    It may not be: a test that depends on time, on chance or on the order of a set is flaky on every build. But it can
    no longer tell whether threads break something, and what it would drive is not judged.

How to fix it
    Have the test depend on nothing that changes by itself: seed what is drawn, wait for an event instead of a time. A
    test that starts threads of its own and is flaky may well be racy: look at what its threads share.

References
    https://docs.pytest.org/en/stable/explanation/flaky.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG915",
    slug="test-flaky",
    severity=Severity.NOTE,
    doc=__doc__,
    examples=(
        Seen(
            "A test that measures time",
            """\
seen: failed in 1 of 2 runs in one thread
seen: assert 0.0312 < 0.03
""",
            "tests.text",
        ),
    ),
)
