"""A suppression of the thread sanitizer hides every race below the interpreter's loop.

What it finds
    In a file of suppressions, ``race:`` with a function that is on the stack of nearly every call of an extension
    (``_PyEval_EvalFrameDefault``, ``PyObject_Vectorcall``, ``cfunction_call``, ``thread_run``), or with a pattern
    that fits such functions (``Py*``, ``*``); ``race_top:`` with such a pattern; ``called_from_lib:libpython``.

Why it is unsafe without the GIL
    ``race:`` suppresses a report if the function is anywhere on one of its two stacks, and the interpreter's loop
    is on both. The job stays green, whatever the extension does.

How to fix it
    Write ``race_top:`` and the function in which the access is, one line for each report that is known to be
    CPython's own.

References
    https://github.com/python/cpython/issues/118722
    https://github.com/google/sanitizers/wiki/ThreadSanitizerSuppressions
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every line that fits what is on every stack."""
    for line in facts.ci.suppressions:
        if line.kind == "called_from_lib":
            hides = re.match(r"(?:lib)?python", line.pattern) is not None
        else:
            hides = line.kind in {"race", "race_top"} and _hides(line.pattern, top=line.kind == "race_top")
        if hides:
            yield rule.finding(
                line.spot.file,
                line.spot.place,
                f"'{line.kind}:{line.pattern}' fits what is on every stack: races of the extension are hidden too",
                fix="name the function of the access with race_top:",
            )


_ON_EVERY_STACK = (
    "_PyEval_EvalFrameDefault",
    "_PyEval_Vector",
    "PyEval_EvalCode",
    "PyObject_Vectorcall",
    "_PyObject_VectorcallTstate",
    "PyObject_Call",
    "_PyObject_Call",
    "_PyFunction_Vectorcall",
    "cfunction_call",
    "cfunction_vectorcall_FASTCALL",
    "method_vectorcall",
    "Py_RunMain",
    "thread_run",
    "pythread_wrapper",
)


def _hides(pattern: str, *, top: bool) -> bool:
    """A pattern of the sanitizer fits anywhere in a name, unless it is anchored; ``*`` is any text."""
    form = re.escape(pattern.removeprefix("^").removesuffix("$")).replace(r"\*", ".*")
    form = ("^" if pattern.startswith("^") else "") + form + ("$" if pattern.endswith("$") else "")
    fitting = sum(re.search(form, name) is not None for name in _ON_EVERY_STACK)
    return fitting > _SEVERAL if top else fitting > 0


_SEVERAL = 4  # names: one that fits more is a pattern, not a function


rule = Rule(
    code="UG786",
    slug="broad-tsan-suppression",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the loop itself",
            """\
# known races of the interpreter
race:_PyEval_EvalFrameDefault  # <--
race:^Py*  # <--
""",
            "tsan-suppressions.supp",
        ),
        Good(
            "where the access is",
            """\
# known races of the interpreter
race_top:assign_version_tag
race:list_inplace_repeat_lock_held
""",
            "tsan-suppressions.supp",
        ),
    ),
)
