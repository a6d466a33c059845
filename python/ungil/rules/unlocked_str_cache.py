"""The cached UTF-8 or hash of a str or bytes object is read from its struct.

What it finds
    ``utf8``, ``utf8_length`` and ``hash`` of ``PyASCIIObject``, ``PyCompactUnicodeObject`` and ``PyUnicodeObject``,
    and ``ob_shash`` of ``PyBytesObject``, on an object that the function did not make itself. One finding for each
    object in a function: where the read decides whether the cache has to be filled, in the function itself or in
    one that calls it. A read of the hash, or one on which nothing depends, is a note.

Why it is unsafe without the GIL
    The interpreter fills these caches on first use, with atomic stores in an order that its own readers rely on. A
    plain read can see the pointer before the length, or before the bytes behind it are written.

How to fix it
    Call ``PyUnicode_AsUTF8AndSize()``, which fills the cache once for all threads and returns both parts, or
    ``PyObject_Hash()``. Where the cache is there already, both only read it.

References
    https://docs.python.org/3/c-api/unicode.html#c.PyUnicode_AsUTF8AndSize
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Member
from ungil.facts.native.internals import open_members
from ungil.rule import Bad, Finding, Good, Rule, Severity

_FIELDS = frozenset({"utf8", "utf8_length", "hash", "ob_shash"})
_TYPES = frozenset({"PyASCIIObject", "PyCompactUnicodeObject", "PyUnicodeObject", "PyBytesObject"})


_FILLS = frozenset({"PyUnicode_AsUTF8AndSize", "PyUnicode_AsUTF8"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every plain read of a cache in an object which others can reach."""
    fallbacks = {call.function.key for call in facts.calls_to(_FILLS)}
    for members in open_members(facts, _FIELDS, _TYPES):
        read = next((member for member in members if not member.is_address), None)
        if read is not None:
            yield from _read(read, fallbacks)


def _read(read: Member, fallbacks: set[tuple[int, int]]) -> Iterator[Finding]:
    """Where the read decides whether the cache has to be filled; elsewhere it seems to be filled already."""
    if read.name in {"hash", "ob_shash"}:
        yield _finding(read, read, f"call PyObject_Hash({read.owner.text})", Severity.NOTE)
        return
    callers = [call for call in read.function.callers if call.function.key in fallbacks]
    here = read.function.key in fallbacks
    for place in [read] if here or not callers else callers:
        decides = here or bool(callers)
        yield _finding(place, read, "call PyUnicode_AsUTF8AndSize()", None if decides else Severity.NOTE)


def _finding(place: Call | Member, read: Member, fix: str, severity: Severity | None) -> Finding:
    return rule.finding(
        place.function.file,
        place.span,
        f"another thread can be filling the cache of '{read.owner.text}' while this one reads {read.name} from the "
        "struct, without the order that makes it whole",
        fix=fix,
        severity=severity,
    )


rule = Rule(
    code="UG111",
    slug="unlocked-str-cache",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a cache that is filled when it is empty",
            """\
static const char *
utf8_of(PyObject *str, Py_ssize_t *size)
{
    const char *cached = ((PyCompactUnicodeObject *)str)->utf8;  // <--
    return cached != NULL ? cached : PyUnicode_AsUTF8AndSize(str, size);
}
""",
        ),
        Bad(
            "the cached UTF-8 of a string that others have too",
            """\
static const char *
utf8_of(PyObject *str, Py_ssize_t *size)
{
    *size = ((PyCompactUnicodeObject *)str)->utf8_length;  // <--
    return ((PyCompactUnicodeObject *)str)->utf8;
}
""",
        ),
        Good(
            "the function that fills the cache once",
            """\
static const char *
utf8_of(PyObject *str, Py_ssize_t *size)
{
    return PyUnicode_AsUTF8AndSize(str, size);
}
""",
        ),
        Bad(
            "the cached hash",
            """\
static Py_hash_t
hash_of(PyObject *key)
{
    Py_hash_t hash = ((PyASCIIObject *)key)->hash;  // <--
    return hash != -1 ? hash : PyObject_Hash(key);
}
""",
        ),
        Good(
            "the length, which never changes",
            """\
static Py_ssize_t
length_of(PyObject *str)
{
    return ((PyASCIIObject *)str)->length;
}
""",
        ),
    ),
)
