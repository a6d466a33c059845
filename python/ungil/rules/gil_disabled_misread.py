"""A build script asks for free-threaded builds in a way that does not tell them.

What it finds
    In ``setup.py`` and other scripts of the build: ``get_config_var("Py_GIL_DISABLED")`` compared with None or with
    text, ``"Py_GIL_DISABLED" in get_config_vars()``, and ``sys._is_gil_enabled()``.

Why it is unsafe without the GIL
    Since 3.13 the variable is there on every build: 0 or 1, a number. Compared with None, every build is taken for
    a free-threaded one, and compared with ``"1"`` none is. ``sys._is_gil_enabled()`` says how the interpreter runs
    now: true in a free-threaded build that was started with ``PYTHON_GIL=1``, and there is no such function before
    3.13. The extension is compiled for the wrong kind of interpreter, and crashes.

How to fix it
    ``bool(sysconfig.get_config_var("Py_GIL_DISABLED"))``.

References
    https://github.com/python/cpython/issues/143423
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such question."""
    for asked in facts.packaging.seen(Seen.MISREAD, Seen.ASKS_NOW):
        is_now = asked.seen is Seen.ASKS_NOW
        why = "says whether the GIL is on now, not what is built for" if is_now else "is the same for every build"
        yield rule.finding(
            asked.spot.file,
            asked.spot.place,
            f"'{asked.text}' {why}",
            severity=Severity.WARNING if is_now else None,
            fix='bool(sysconfig.get_config_var("Py_GIL_DISABLED"))',
        )


rule = Rule(
    code="UG751",
    slug="gil-disabled-misread",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "not None, which 0 is not either",
            """\
import sysconfig

from setuptools import setup

FREE_THREADED = sysconfig.get_config_var("Py_GIL_DISABLED") is not None  # <--
setup()
""",
            "setup.py",
        ),
        Good(
            "true or not",
            """\
import sysconfig

from setuptools import setup

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
setup()
""",
            "setup.py",
        ),
        Bad(
            "a number that is compared with text",
            """\
import sysconfig

from setuptools import setup

gil_disabled = sysconfig.get_config_var("Py_GIL_DISABLED")
if gil_disabled == "1":  # <--
    setup()
""",
            "setup.py",
        ),
        Bad(
            "how the interpreter runs",
            """\
import sys

from setuptools import setup

if not sys._is_gil_enabled():  # <--
    setup()
""",
            "setup.py",
        ),
    ),
)
