"""The limited API is asked for in free-threaded builds too.

What it finds
    ``py_limited_api=True`` or the macro ``Py_LIMITED_API`` in a ``setup.py`` that no condition decides on and that
    does not ask for the kind of the build anywhere; ``py_limited_api`` in ``setup.cfg``; ``py-limited-api`` in
    ``[tool.distutils.bdist_wheel]``; ``limited-api = true`` of meson-python. scikit-build-core and PyO3 leave it
    out in free-threaded builds by themselves.

Why it is unsafe without the GIL
    It is not: it does not build. On a free-threaded 3.14 the headers stop at ``Py_LIMITED_API``, and setuptools
    refuses to tag the wheel. pip, which finds no wheel for such a Python, fails on the source.

How to fix it
    Ask ``sysconfig.get_config_var("Py_GIL_DISABLED")``, and leave the limited API out where it is true; from 3.15
    on there is ``abi3t`` (PEP 803).

References
    https://docs.python.org/3/howto/free-threading-extensions.html#limited-c-api-and-stable-abi
    https://peps.python.org/pep-0803/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every place that asks for it in every build."""
    for asked in facts.packaging.seen(Seen.LIMITED_API):
        yield rule.finding(
            asked.spot.file,
            asked.spot.place,
            f"{asked.text} holds for free-threaded builds too, which have no limited API before 3.15: installing from "
            "source fails",
            fix='leave it out if sysconfig.get_config_var("Py_GIL_DISABLED")',
        )


rule = Rule(
    code="UG750",
    slug="limited-api-in-every-build",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an extension of setuptools",
            """\
from setuptools import Extension, setup

setup(ext_modules=[Extension("spam", ["spam.c"], py_limited_api=True)])  # <--
""",
            "setup.py",
        ),
        Good(
            "only where there is a GIL",
            """\
import sysconfig

from setuptools import Extension, setup

limited = not sysconfig.get_config_var("Py_GIL_DISABLED")
setup(ext_modules=[Extension("spam", ["spam.c"], py_limited_api=limited)])
""",
            "setup.py",
        ),
        Bad(
            "the tag of the wheel",
            """\
[bdist_wheel]
py_limited_api = cp310  # <--
""",
            "setup.cfg",
        ),
        Bad(
            "the same in pyproject.toml",
            """\
[tool.distutils.bdist_wheel]
py-limited-api = "cp310"  # <--
""",
            "pyproject.toml",
        ),
        Good(
            "a backend that leaves it out by itself",
            """\
[build-system]
requires = ["scikit-build-core>=0.11"]
build-backend = "scikit_build_core.build"

[tool.scikit-build]
wheel.py-api = "cp312"
""",
            "pyproject.toml",
        ),
        Good(
            "asked for by whoever builds",
            """\
import os

from setuptools import Extension, setup

options = {}
if os.environ.get("SPAM_LIMITED_API"):
    options = {"define_macros": [("Py_LIMITED_API", "0x030a0000")], "py_limited_api": True}
setup(ext_modules=[Extension("spam", ["spam.c"], **options)])
""",
            "setup.py",
        ),
    ),
)
