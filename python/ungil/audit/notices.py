"""What can be wrong with a suppression: rules about comments, which only the whole audit can check."""

from __future__ import annotations

from ungil.description import Bad, Description, Good
from ungil.finding import Severity

__all__ = ["NOTICES", "UNCLEAR", "UNKNOWN_RULE", "UNUSED", "WITHOUT_REASON"]

_FUNCTION = """\
static PyObject *
first(PyObject *self, PyObject *list)
{
%s
}
"""
_BORROWS = "    return Py_XNewRef(PyList_GetItem(list, 0));"
_ALLOWED = Good(
    "a suppression with its reason, on something that is found",
    _FUNCTION % f"    // ungil: allow(borrowed-list-item) the caller has just made the list\n{_BORROWS}",
)

WITHOUT_REASON = Description(
    code="UG090",
    slug="suppression-without-reason",
    severity=Severity.WARNING,
    doc="""A finding is suppressed without a reason.

What it finds
    Comments of the form ``ungil: allow(RULE)`` with nothing behind the bracket. They suppress nothing.

Why it is unsafe without the GIL
    Whether a race can happen depends on what other code does. A suppression is a claim about that code, and only the
    reason lets the next reader see when the claim stops being true.

How to fix it
    Write behind the bracket why the code is right as it is:
    ``// ungil: allow(borrowed-list-item) the list is private``.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
""",
    examples=(
        Bad("no reason", _FUNCTION % f"    // ungil: allow(borrowed-list-item)  // <--\n{_BORROWS}"),
        _ALLOWED,
    ),
)

UNKNOWN_RULE = Description(
    code="UG091",
    slug="unknown-rule-in-suppression",
    severity=Severity.WARNING,
    doc="""A suppression names a rule that does not exist.

What it finds
    Names in ``ungil: allow(...)`` that are neither the code nor the name of a rule. The other names still count.

Why it is unsafe without the GIL
    The suppression does nothing, and whoever wrote it believes that it does.

How to fix it
    Write the code or the name as ``ungil rules`` lists it. The finding names the rule that is spelt most alike.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
""",
    examples=(
        Bad(
            "a misspelt name",
            _FUNCTION
            % "    // ungil: allow(borowed-list-item) the list is private  // <--\n    return Py_NewRef(list);",
        ),
        _ALLOWED,
    ),
)

UNUSED = Description(
    code="UG092",
    slug="unused-suppression",
    severity=Severity.WARNING,
    doc="""A suppression suppresses nothing.

What it finds
    ``ungil: allow(RULE)`` where the rule reports nothing, though it was looked for. A rule that was not asked for, or
    that the configuration ignores in this file, is not held against a suppression.

Why it is unsafe without the GIL
    The code was repaired, or moved away from its comment. What stays behind will silence the next finding on this line,
    which may be a real one.

How to fix it
    Remove the comment, or the name of the one rule that is not found any more.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
""",
    examples=(
        Bad(
            "the borrowed reference is gone, its comment is not",
            _FUNCTION
            % "    // ungil: allow(borrowed-list-item) private  // <--\n    return PyList_GetItemRef(list, 0);",
        ),
        _ALLOWED,
    ),
)

UNCLEAR = Description(
    code="UG093",
    slug="unclear-suppression",
    severity=Severity.WARNING,
    doc="""A comment speaks to ungil and cannot be understood.

What it finds
    Comments that begin with ``ungil:`` and do not go on with ``allow(RULES)`` or ``allow-file(RULES)``.

Why it is unsafe without the GIL
    The comment does nothing, and whoever wrote it believes that it does.

How to fix it
    Write ``ungil: allow(RULE) REASON``, or ``ungil: allow-file(RULE) REASON`` for the whole file.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
""",
    examples=(
        Bad("another linter's word", _FUNCTION % f"    // ungil: disable(UG101)  // <--\n{_BORROWS}"),
        _ALLOWED,
    ),
)

NOTICES = (WITHOUT_REASON, UNKNOWN_RULE, UNUSED, UNCLEAR)
"""All of them, by code."""
