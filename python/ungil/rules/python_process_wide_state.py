"""Code that threads run changes what belongs to the whole process.

What it finds
    ``os.chdir()``, ``contextlib.chdir()``, ``os.umask()``, ``os.environ[...] = ``, ``locale.setlocale()``,
    ``socket.setdefaulttimeout()``, ``warnings.catch_warnings()``, ``contextlib.redirect_stdout()``, and ``sys.stdout =
    ...`` in a function that the project hands to several threads at once. Where one thread runs it, or a coroutine that
    waits for its end, it is a note; in any other function of a project that uses threads it is one too, if the change
    is taken back in the same function, which is what another thread would notice.

Why it is unsafe without the GIL
    There is one working directory, one environment, one set of filters for all threads. While one thread has changed
    it, the others run with the change; and when two threads change and restore it, it may stay changed for ever.
    ``warnings.catch_warnings()`` is each thread's own since Python 3.14, on free-threaded builds only unless asked
    for.

How to fix it
    Hand over what is needed instead: absolute paths, ``dir_fd``, ``env=`` of ``subprocess``, a stream as an argument.

References
    https://docs.python.org/3/library/warnings.html#concurrent-safety-of-context-managers
    https://docs.python.org/3/library/contextlib.html#contextlib.chdir
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Place, PyFunction, Touch
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_CALLS = {"os.chdir", "os.fchdir", "os.umask", "locale.setlocale", "socket.setdefaulttimeout", "os.putenv"}
_MANAGERS = {"warnings.catch_warnings", "contextlib.chdir", "contextlib.redirect_stdout", "contextlib.redirect_stderr"}
_STREAMS = {"sys.stdout", "sys.stderr", "sys.stdin"}
_OFTEN_MEANT = {"warnings.catch_warnings", *_STREAMS}


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function and kind of state."""
    python = facts.python
    if not python.is_threaded:
        return
    for function in python.functions:
        if function.name == "<module>":
            continue
        seen: set[str] = set()
        for name, place, is_taken_back in _changes(function):
            in_thread = id(function) in python.in_threads
            if name in seen or not (in_thread or is_taken_back):
                continue
            seen.add(name)
            yield rule.finding(
                function.file,
                place,
                f"{function.title}() changes {name}, which all threads of the process share",
                severity=None if python.in_threads.get(id(function)) and name not in _OFTEN_MEANT else Severity.NOTE,
                confidence=Confidence.MEDIUM,
                fix="hand over what is needed: absolute paths, env= of subprocess, a stream as an argument",
                evidence=(("it runs in a thread",) if in_thread else ()),
            )


def _changes(function: PyFunction) -> Iterator[tuple[str, Place, bool]]:
    named = [call.name for call in function.calls]
    for call in function.calls:
        if call.name in _MANAGERS:
            yield call.name, call.place, True
        elif (
            call.name in _CALLS and call.arguments and not (call.name == "locale.setlocale" and not call.arguments[1:])
        ):
            yield call.name, call.place, named.count(call.name) > 1
    stored = [act for act in function.accesses if act.subject in _STREAMS and act.touch is Touch.STORE]
    edited = [act for act in function.accesses if act.subject == "os.environ" and act.touch is Touch.EDIT]
    for act in stored:
        yield act.subject, act.place, len([one for one in stored if one.subject == act.subject]) > 1
    for act in edited:
        yield act.subject, act.place, len({one.how for one in edited}) > 1


rule = Rule(
    code="UG680",
    slug="python-process-wide-state",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a worker that changes the directory",
            """\
import os
from concurrent.futures import ThreadPoolExecutor

def build(folder):
    os.chdir(folder)  # <--
    os.environ["BUILDING"] = folder  # <--
    return os.listdir()

def build_all(folders):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(build, folders))
""",
            "example.py",
        ),
        Good(
            "paths, and an environment for the child",
            """\
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

def build(folder):
    subprocess.run(["make"], cwd=folder, env={**os.environ, "BUILDING": folder})
    return os.listdir(folder)

def build_all(folders):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(build, folders))
""",
            "example.py",
        ),
    ),
)
