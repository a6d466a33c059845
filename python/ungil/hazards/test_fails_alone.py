"""A test of the project fails in one thread already: threads are not to blame, and were not tried.

What it finds
    Tests, and files of tests that cannot be imported, that fail in one thread each time, on the free-threaded build.
    They are left out of what runs in threads. One that ends the process, or hangs, is a warning; others are notes.

Why it is unsafe without the GIL
    It may not be: the test may need a network, a package that is not installed, or another version of Python. But what
    a test would have driven was not driven, and a test that ends the process in one thread does so for every user.

How to fix it
    See what it says. ``--with REQUIREMENT`` installs what the project does not name among its tests' requirements. What
    differs from the GIL-enabled build in one thread already: reference counts and ``gc.get_objects()`` say something
    else, objects have other sizes, and what is immortal is not freed.

References
    https://docs.python.org/3/howto/free-threading-python.html
    https://py-free-threading.github.io/testing/
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG914",
    slug="test-fails-alone",
    severity=Severity.NOTE,
    doc=__doc__,
    examples=(
        Seen(
            "A test that counts references",
            """\
seen: failed in 2 of 2 runs in one thread
seen: assert 2 == 3
""",
            "tests.text",
        ),
    ),
)
