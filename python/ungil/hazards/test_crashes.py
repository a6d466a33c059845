"""A test of the project ends the process when it runs in several threads, and does not in one.

What it finds
    Tests during which the process ends by a signal, a segmentation fault or an abort for instance, when they run in
    several threads at once, and that came to their end in one. The tests behind it run in a new process; the one that
    ended it is then run by itself, which tells whether it needed the others. The evidence says where each thread was.

Why it is unsafe without the GIL
    One thread frees, moves or resizes what another one is reading. A process that crashed is the lucky case: the same
    race may also hand out wrong data.

How to fix it
    Look at the innermost frame that is the extension's own: what it reads is written, or freed, by another thread.
    ``ungil hammer`` makes the two calls meet again and again, and says between which instructions. Then hold one lock,
    a critical section on the object for instance, in every function that touches it.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://py-free-threading.github.io/testing/
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG910",
    slug="test-crashes",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "Two threads free what a buffer held before it grew",
            """\
seen: failed in 1 of 9 runs in 4 threads, in none of 1 in one
seen: by itself in a process of its own: the same again, 1 of 1
seen: thread 2, which crashed: buffer_append (buffer.c:58) < test_append (tests/test_buffer.py:14)
""",
            "tests.text",
        ),
    ),
)
