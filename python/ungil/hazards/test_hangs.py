"""A test of the project does not come to its end when it runs in several threads, and does in one.

What it finds
    Tests that were still running at their deadline, which is several times what they take in one thread, and more. The
    evidence holds where each thread stood then, in native code and in Python.

Why it is unsafe without the GIL
    Threads that wait for each other: each holds what the next one needs, or holds a mutex while Python code that it
    calls comes back for it. Or one that follows what another has changed: a list whose links now form a circle.

How to fix it
    Two threads that stand in a lock: take locks in one order, and call no Python code while holding a mutex of your
    own. A thread that stands in a loop: hold a lock around the loop. A test that waits for all of its own threads may
    need more than its deadline: ``--test-deadline`` gives it more.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/synchronization.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG911",
    slug="test-hangs",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "Two threads swap the contents of two boxes, each in its own order",
            """\
seen: failed in 1 of 9 runs in 4 threads, in none of 1 in one
seen: by itself in a process of its own: the same again, 1 of 1
seen: thread 0: box_swap (box.c:71) < test_swap (tests/test_box.py:22)
seen: thread 3: box_swap (box.c:72) < test_swap (tests/test_box.py:23)
""",
            "tests.text",
        ),
    ),
)
