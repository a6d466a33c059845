"""A call ends the process when another thread uses the same object meanwhile.

What it finds
    Calls that end the process with a signal, a segmentation fault or an abort for instance, when they are made at the
    same time, and end it in no order when they are made one after the other.

Why it is unsafe without the GIL
    One thread frees, moves or resizes what another one is reading: the GIL used to make each call wait for the other.
    What the process reads then is not its own any more. That it crashed is the lucky case; the same race may also hand
    out wrong data.

How to fix it
    Hold one lock around everything that reads or writes the memory in question, in every function that does: a critical
    section on the object, or a mutex in it. Take strong references: ``PyList_GetItemRef`` instead of
    ``PyList_GetItem``. The finding names the instruction between which and the next the other thread came.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/synchronization.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG901",
    slug="crash-under-threads",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "get() has read a pointer and not yet taken a reference; set() frees what it points to",
            """\
seen: A: get() | B: set(None), on a RacyReference that A made
seen: A stops before reference_get+0x4 (racy.c:139); B runs to its end; A goes on
seen: came out: SIGSEGV
""",
            "scenario.text",
        ),
    ),
)
