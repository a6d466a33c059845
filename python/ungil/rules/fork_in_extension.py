"""An extension forks without telling the interpreter.

What it finds
    ``fork()`` and ``forkpty()`` in a function that neither calls ``PyOS_BeforeFork()`` nor goes on to an ``exec``
    function or ``_exit()``.

Why it is unsafe without the GIL
    The child has one thread, and a copy of every lock in the state in which some other thread held it: the
    allocator's, each object's, the interpreter's own. Whoever held them does not exist in the child, so the first
    of them that it needs hangs it. With the GIL the interpreter's own locks were mostly free while a thread could
    fork; without it other threads hold locks at every moment.

How to fix it
    Let Python start the process (``subprocess``, ``multiprocessing`` with the spawn method), or ``posix_spawn()``.
    Where it must be ``fork()``, call ``PyOS_BeforeFork()``, then ``PyOS_AfterFork_Parent()`` and
    ``PyOS_AfterFork_Child()``, and do nothing in the child but functions that are async-signal-safe.

References
    https://docs.python.org/3/c-api/sys.html#c.PyOS_BeforeFork
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.attachment import follows, serves_python
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_FORKS = frozenset({"fork", "forkpty", "fork1"})
_ALLOWS = frozenset(
    {"PyOS_BeforeFork", "PyOS_AfterFork_Child", "PyOS_AfterFork", "_exit", "_Exit"}
    | {"execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp", "fexecve"}
)
_ARGUMENTS = {"fork": 0, "fork1": 0, "forkpty": 4}


def check(facts: Facts) -> Iterator[Finding]:
    """Every fork whose child goes on as Python."""
    for call in facts.calls_to(_FORKS):
        function = call.function
        own = call.is_member or function.resolve(call.name) or len(call.arguments) != _ARGUMENTS[call.name]
        if not own and serves_python(function) and not follows(function, _ALLOWS, 1):
            yield rule.finding(
                function.file,
                call.span,
                f"{call.name}() copies every lock that other threads hold at this moment into a child that "
                f"does not have "
                "those threads: the first that it needs hangs it",
                fix="let Python start the process, or call PyOS_BeforeFork(), PyOS_AfterFork_Parent() and "
                "PyOS_AfterFork_Child()",
                confidence=Confidence.MEDIUM,
            )


rule = Rule(
    code="UG318",
    slug="fork-in-extension",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a fork whose child returns to Python",
            """\
static PyObject *
split(PyObject *self, PyObject *unused)
{
    pid_t child = fork();  // <--
    return PyLong_FromLong(child);
}
""",
        ),
        Good(
            "the interpreter knows",
            """\
static PyObject *
split(PyObject *self, PyObject *unused)
{
    PyOS_BeforeFork();
    pid_t child = fork();
    if (child == 0)
        PyOS_AfterFork_Child();
    else
        PyOS_AfterFork_Parent();
    return PyLong_FromLong(child);
}
""",
        ),
        Good(
            "a child that becomes another program",
            """\
static PyObject *
launch(PyObject *self, PyObject *unused)
{
    pid_t child = fork();
    if (child == 0) {
        execv(program, arguments);
        _exit(127);
    }
    return PyLong_FromLong(child);
}
""",
        ),
    ),
)
