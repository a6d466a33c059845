"""The environment is read where the same project also changes it.

What it finds
    ``getenv()`` in code that runs after the module is initialised, in a project that calls ``setenv()``,
    ``putenv()`` or ``unsetenv()`` there as well.

Why it is unsafe without the GIL
    ``getenv()`` returns a pointer into the environment. When another thread changes the environment, the string may
    be freed or moved while this one reads it; some C libraries even free the table that ``getenv()`` walks.

How to fix it
    Read the variable once, while the module is initialised, and keep a copy; or keep the two under one lock, which
    other libraries do not take. Best is not to change the environment at all.

References
    https://man7.org/linux/man-pages/man3/getenv.3.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.attachment import library_calls, serves_python
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_CHANGES = frozenset({"setenv", "putenv", "unsetenv", "clearenv"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first read in each function, if the project changes the environment at all."""
    change = next(library_calls(facts, _CHANGES), None)
    if change is None:
        return
    reported = set()
    for call in facts.calls_to({"getenv"}):
        own = call.is_member or call.function.resolve("getenv") or call.function.only_initialises
        if own or call.function.key in reported or not serves_python(call.function):
            continue
        reported.add(call.function.key)
        yield rule.finding(
            call.function.file,
            call.span,
            "another thread can change the environment while this one still reads the string that getenv() returned",
            fix="read the variable once while the module is initialised, and keep a copy",
            confidence=Confidence.MEDIUM,
            evidence=(f"{change.name}() in {change.function.file.path}, line {change.span.line}",),
        )


rule = Rule(
    code="UG505",
    slug="getenv-beside-setenv",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a variable that is read while another thread may set one",
            """\
static PyObject *
home(PyObject *self, PyObject *unused)
{
    return PyUnicode_DecodeFSDefault(getenv("HOME"));  // <--
}

static PyObject *
forget(PyObject *self, PyObject *name)
{
    unsetenv(PyUnicode_AsUTF8(name));
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "read once, while the module is initialised",
            """\
static char *home_folder;

static int
exec_module(PyObject *module)
{
    home_folder = strdup(getenv("HOME"));
    return home_folder != NULL ? 0 : -1;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
        Good(
            "a project that never changes the environment",
            """\
static PyObject *
home(PyObject *self, PyObject *unused)
{
    return PyUnicode_DecodeFSDefault(getenv("HOME"));
}
""",
        ),
    ),
)
