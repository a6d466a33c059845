"""Calls of two threads wait for each other, and neither ever goes on.

What it finds
    Calls that never come to an end when they are made at the same time, each thread of them blocked, and that do in
    every order when they are made one after the other. The evidence holds the stack of each thread.

Why it is unsafe without the GIL
    Two locks are taken in two orders, or a thread waits for another one while it is attached. With the GIL the window
    for it is small, or the GIL is one of the two locks; without it both threads are in it at the same time.

How to fix it
    Take the locks in the same order everywhere, or both at once: ``Py_BEGIN_CRITICAL_SECTION2`` orders them by itself.
    Detach the thread state around what waits: ``Py_BEGIN_ALLOW_THREADS``. A ``PyMutex`` detaches by itself while it
    waits; ``std::mutex`` and ``pthread_mutex_lock`` do not.

References
    https://docs.python.org/3/c-api/synchronization.html
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG902",
    slug="deadlock-under-threads",
    severity=Severity.ERROR,
    doc=__doc__,
    examples=(
        Seen(
            "each of two transfers holds one account and wants the other",
            """\
seen: A: deposit(10) | B: withdraw(10), on an Account that A made
seen: A stops before account_deposit+0x31 (account.c:52), after the call of PyMutex_Lock; B runs to its end; A goes on
seen: came out: a deadlock: A and B are blocked
""",
            "scenario.text",
        ),
    ),
)
