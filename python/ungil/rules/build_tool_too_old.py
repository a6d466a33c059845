"""The build keeps a tool to versions from before free threading.

What it finds
    A requirement in ``[build-system]`` or among the dependencies of ``pyproject.toml``, or a tag that CMake
    fetches, that only versions meet that know nothing of free-threaded builds: of cffi, nanobind, NumPy, pybind11,
    scikit-build-core, setuptools, SWIG. Requirements whose marker leaves out CPython 3.14 do not count. Cython has
    a rule of its own.

Why it is unsafe without the GIL
    What an old tool writes cannot declare that it runs without the GIL, does not compile, or links to the wrong
    library on Windows: the module turns the GIL on, or crashes.

How to fix it
    Raise the bound.

References
    https://pybind11.readthedocs.io/en/stable/changelog.html
    https://github.com/pypa/setuptools/issues/4662
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every requirement that stays below."""
    for wanted in facts.packaging.outdated:
        yield rule.finding(
            wanted.spot.file,
            wanted.spot.place,
            f"'{wanted.text}' keeps {wanted.name} below {wanted.first}: {wanted.lacks}",
            fix=f"require {wanted.name}>={wanted.first}",
        )


rule = Rule(
    code="UG753",
    slug="build-tool-too-old",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an upper bound",
            """\
[build-system]
requires = [
    "setuptools>=80",
    "pybind11>=2.10,<2.13",  # <--
]
""",
            "pyproject.toml",
        ),
        Good(
            "a lower bound",
            """\
[build-system]
requires = ["setuptools>=80", "pybind11>=2.13"]
""",
            "pyproject.toml",
        ),
        Bad(
            "a tag",
            """\
include(FetchContent)
FetchContent_Declare(
  pybind11
  GIT_REPOSITORY https://github.com/pybind/pybind11
  GIT_TAG v2.11.1  # <--
)
""",
            "CMakeLists.txt",
        ),
        Good(
            "a bound for Pythons without a free-threaded build",
            """\
[build-system]
requires = ["setuptools>=80", "cffi~=1.17; python_version < '3.14'", "cffi>=2.0; python_version >= '3.14'"]
""",
            "pyproject.toml",
        ),
    ),
)
