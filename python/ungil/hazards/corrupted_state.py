"""Calls that are made at the same time leave a state behind that no order of them leaves.

What it finds
    An object, or what else the model observes, that after calls of two or three threads is in a state in which no order
    of the same calls, made one after the other, leaves it: an update is lost, two fields do not fit each other, an
    entry is there twice. A call that raises ``SystemError`` or ``MemoryError`` as it does in no order has seen such a
    state.

Why it is unsafe without the GIL
    A call reads, calculates and writes. What another thread writes in between is overwritten, or is half of what was
    read. The GIL used to let no other call in between.

How to fix it
    Hold one lock from the first read to the last write, in every function that touches the same data: a critical
    section on the object. A single counter can be an atomic, changed by one operation that both reads and writes.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://doi.org/10.1145/78969.78972
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG904",
    slug="corrupted-state",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "one of two steps is lost",
            """\
seen: A: increment() | B: increment(), on a RacyInteger that A made
seen: A stops before integer_increment+0x4 (racy.c:40); B runs to its end; A goes on
seen: came out: A: 1 | B: 1 | then 1
seen: in the order A B: A: 1 | B: 2 | then 2
seen: in the order B A: A: 2 | B: 1 | then 2
""",
            "scenario.text",
        ),
    ),
)
