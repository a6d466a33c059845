"""A call notices that another thread is at work, and says so or is documented to.

What it finds
    Calls that raise ``RuntimeError`` or ``BufferError`` when they are made at the same time, which they do in no order:
    "changed during iteration", "cannot resize while exported". Also every difference in answers or state in which an
    operation takes part that the model's ``relaxed`` names: such a finding is a note.

Why it is unsafe without the GIL
    Nothing is corrupted, but callers that never saw this exception get it now: under the GIL the call was a whole. It
    has to be caught, or the object has to be locked around the call.

How to fix it
    Hold the object's lock over the whole call, or work on a copy that was made under the lock. If it is meant to be so,
    document it, and name the operation in the model's ``relaxed`` with that sentence.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/howto/free-threading-python.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG906",
    slug="weak-atomicity",
    severity=Severity.WARNING,
    doc=__doc__,
    examples=(
        Seen(
            "a walk over the items notices an insertion",
            """\
seen: A: items() | B: add('b', 2), on a Registry that A made
seen: A stops before registry_items+0x8b (registry.c:77), after the call of PyTuple_Pack; B runs to its end; A goes on
seen: came out: A: raised RuntimeError | B: None | then [('a', 1), ('b', 2)]
seen: in the order A B: A: [('a', 1)] | B: None | then [('a', 1), ('b', 2)]
seen: in the order B A: A: [('a', 1), ('b', 2)] | B: None | then [('a', 1), ('b', 2)]
""",
            "scenario.text",
        ),
    ),
)
