"""Free-threaded wheels are built of modules that turn the GIL on.

What it finds
    A step of a workflow that runs cibuildwheel, or its configuration, with free-threaded wheels among what it
    builds, in a project of which a module declares nothing. cibuildwheel makes them unasked since 3.1, unless
    ``build`` or ``skip`` leaves them out. A note for a configuration that no workflow is seen to use. One for a
    project. A module that says it needs the GIL was decided on, and does not count.

Why it is unsafe without the GIL
    Nobody decided for them. A ``cp314-cp314t`` wheel says that the project runs on a free-threaded Python;
    importing it turns the GIL on for the whole process, and takes it from every other package.

How to fix it
    Either make the modules thread-safe and declare them, or leave the wheels out: ``skip = ["cp3??t-*"]``. pip then
    builds from source, and somebody sees what is missing.

References
    https://github.com/fonttools/fonttools/issues/4073
    https://cibuildwheel.pypa.io/en/stable/options/#build-skip
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Stance
from ungil.facts.model import Declaration, Facts
from ungil.facts.packaging.read import is_own
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first place that builds such wheels, if a module is not declared."""
    builds = sorted((build for build in facts.ci.wheels if build.built), key=lambda build: not build.is_run)
    undeclared = list(_undeclared(facts)) if builds else []
    if not undeclared:
        return
    build = builds[0]
    asked = (
        "asks for them by name" if build.named else "nobody asks for them: cibuildwheel makes them unless told not to"
    )
    yield rule.finding(
        build.spot.file,
        build.spot.place,
        f"free-threaded wheels are built here, of {_some(undeclared)}: importing them turns the GIL on",
        severity=None if build.is_run else Severity.NOTE,
        fix='declare the modules, or leave the wheels out with skip = ["cp3??t-*"]',
        evidence=(asked,),
    )


def _undeclared(facts: Facts) -> Iterator[str]:
    """The modules of the project that turn the GIL on."""
    turns_on = {Declaration.MISSING, Declaration.LATE}
    yield from (m.name for m in facts.modules if m.declaration in turns_on and is_own(m.file.path))
    for cython in facts.cython.modules:
        if cython.stance is Stance.MISSING and is_own(cython.file.path):
            yield cython.file.path.rpartition("/")[2].partition(".")[0]
    for made in facts.build.generators:
        if not made.is_declared and is_own(made.file.path):
            yield made.module or f"what {made.tool} writes"


def _some(names: list[str]) -> str:
    first = ", ".join(f"'{name}'" for name in sorted(set(names))[:3])
    return f"modules that declare no support ({first}{', ...' if len(set(names)) > 3 else ''})"  # noqa: PLR2004


rule = Rule(
    code="UG760",
    slug="accidental-free-threaded-wheels",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "wheels that nobody asked for",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0  # <--
""",
            ".github/workflows/wheels.yml",
            (
                (
                    "spam.c",
                    """\
static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, 0, NULL, slots};

PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
                ),
            ),
        ),
        Good(
            "left out",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0
        env:
          CIBW_SKIP: "cp3??t-*"
""",
            ".github/workflows/wheels.yml",
            (
                (
                    "spam.c",
                    """\
static PyModuleDef_Slot slots[] = {
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, 0, NULL, slots};

PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
                ),
            ),
        ),
        Good(
            "declared",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v4.2.0
        env:
          CIBW_TEST_COMMAND: python -W error -m pytest {project}/tests
""",
            ".github/workflows/wheels.yml",
            (
                (
                    "spam.c",
                    """\
static PyModuleDef_Slot slots[] = {
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, 0, NULL, slots};

PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
                ),
            ),
        ),
        Bad(
            "a configuration without a workflow that is seen to use it",
            """\
[build-system]
requires = ["setuptools>=80", "Cython>=3.1"]

[tool.cibuildwheel]  # <--
skip = ["*-musllinux_*"]
""",
            "pyproject.toml",
            (
                (
                    "spam.pyx",
                    """\
def half(int number):
    return number // 2
""",
                ),
            ),
        ),
        Good(
            "a version of cibuildwheel that makes none",
            """\
on: push

jobs:
  wheels:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v6
      - uses: pypa/cibuildwheel@v2.23
        env:
          CIBW_TEST_COMMAND: python -W error -m pytest {project}/tests
""",
            ".github/workflows/wheels.yml",
            (
                (
                    "spam.pyx",
                    """\
# cython: freethreading_compatible=True
""",
                ),
            ),
        ),
    ),
)
