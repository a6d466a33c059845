"""Calls that are made at the same time answer what they answer in no order of them.

What it finds
    Results or exceptions of calls of two or three threads that these calls, made one after the other, give in no order:
    two threads get the same item, an item comes out that was never put in, a key is missing that is always there. The
    state that is left behind is one that some order leaves, or cannot be seen.

Why it is unsafe without the GIL
    Between what a call reads and what it answers, another thread changes what was read. Callers reckon with each call
    as a whole: who takes an item from a queue expects to be the only one who got it.

How to fix it
    Hold one lock from the first read until the answer is made: a critical section on the object. If the documentation
    says that the operation is less than atomic, name it in the model's ``relaxed``, with the reason: it becomes a note.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://doi.org/10.1145/78969.78972
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG905",
    slug="lost-result",
    severity=Severity.WARNING,
    doc=__doc__,
    examples=(
        Seen(
            "two exchanges give out the same object, and another one to nobody",
            """\
seen: A: exchange(9) | B: exchange(9), on a RacyInteger that A made
seen: A stops before integer_exchange+0x1e (racy.c:49); B runs to its end; A goes on
seen: came out: A: 0 | B: 0 | then 9
seen: in the order A B: A: 0 | B: 9 | then 9
seen: in the order B A: A: 9 | B: 0 | then 9
""",
            "scenario.text",
        ),
    ),
)
