"""A call goes on and on when another thread uses the same object meanwhile.

What it finds
    Calls that do not come to an end when they are made at the same time, though their thread is not blocked, and that
    do in every order when they are made one after the other. The evidence holds the stack of each thread.

Why it is unsafe without the GIL
    A loop follows what another thread has changed: a list whose links now form a circle, an index that jumped over its
    end, a flag that was set and cleared before anybody looked.

How to fix it
    Hold one lock around the loop and around what changes the data that it follows. A loop that waits for another thread
    has to wait for a lock, a condition or an event.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/synchronization.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG903",
    slug="hang-under-threads",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "push() links an entry to what pop() has just taken off",
            """\
seen: A: push() | B: pop(); push(), on a Stack that A made
seen: A stops before stack_push+0x1c (stack.c:40); B runs to its end; A goes on
seen: came out: A does not come to an end
""",
            "scenario.text",
        ),
    ),
)
