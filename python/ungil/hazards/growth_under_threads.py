"""Calls that are made at the same time use memory up that the same calls give back in any order.

What it finds
    Memory of the process that grows with every round of calls of two threads, and does not when the same calls are made
    as often one after the other.

Why it is unsafe without the GIL
    A reference is lost: two threads replace the same pointer, and each releases what the other has released, or neither
    does. Two threads that fill a cache at the same time both allocate, and one allocation is never freed.

How to fix it
    Replace a pointer and take what it held in one step, under the object's lock, and release the old object after the
    lock. Fill a cache under a lock or a once-flag, and look again inside.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/synchronization.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG907",
    slug="growth-under-threads",
    severity=Severity.WARNING,
    doc=__doc__,
    examples=(
        Seen(
            "each of two threads keeps what it has replaced",
            """\
seen: A: exchange(None) | B: exchange(None), on a RacyReference that A made
seen: A and B set off at the same moment
seen: came out: each run leaves 1.9 blocks of Python's memory behind
seen: in every order: each run leaves 0 blocks of Python's memory behind
""",
            "scenario.text",
        ),
    ),
)
