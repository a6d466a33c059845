"""What is found in a typical project: findings with their source, and how threads met."""

from __future__ import annotations

from typing import Any

from ungil.finding import Confidence, Finding, Location, Severity
from ungil.port import evidence as e

__all__ = ["STACKS", "finding", "found"]

_SOURCE = """\
/* The units of an item, or -1 with an exception set. */
static Py_ssize_t units_of(Shelf* self, PyObject* item) {
    PyObject* count = PyDict_GetItemWithError(self->stock, item);
    if (count == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return PyLong_AsSsize_t(count);
}"""

STACKS = """\
Thread A, stopped:
  units_of+0x1a (src/shelfcount.c:64)
  Shelf_move+0x3f (src/shelfcount.c:97)
  File "tests/test_shelf.py", line 31 in worker"""

_SCRIPT = """\
import threading

from shelfcount import Shelf

for _ in range(100_000):
    shelf = Shelf()
    shelf.move("pen", 3)
    barrier = threading.Barrier(2)
    ...
"""


def finding(  # noqa: PLR0913 - a field each
    code: str,
    slug: str,
    message: str,
    place: tuple[str, int],
    severity: Severity,
    *,
    evidence: tuple[str, ...] = (),
    fix: str = "hold the object's lock, a critical section for instance, from the first read to the last write",
) -> Finding:
    """A finding on a line of a file."""
    path, line = place
    return Finding(
        code=code,
        slug=slug,
        message=message,
        location=Location(path, line, 5, line, 40),
        severity=severity,
        confidence=Confidence.HIGH,
        evidence=evidence,
        fix=fix,
    )


_LOST = e.Scenario(
    title="Shelf.move beside Shelf.move",
    lanes=(
        e.Lane(
            "A",
            ("move('pen', 1)",),
            (
                e.Moment(0, "move('pen', 1) runs to", e.Origin("src/shelfcount.c:64", "src/shelfcount.c", 64)),
                e.Moment(2, "goes on to its end"),
            ),
        ),
        e.Lane("B", ("move('pen', 1)",), (e.Moment(1, "move('pen', 1) runs to its end"),)),
    ),
    got="A: None | B: None | then (4, 5)",
    allowed=(("A B", "A: None | B: None | then (5, 5)"),),
    again=5,
    tries=5,
    confirmed="confirmed in 1 try and 0.1 s: the script fails too",
    script=_SCRIPT,
    stacks=(STACKS,),
)

_DEADLOCK = e.Scenario(
    title="Shelf.swap beside Shelf.swap, a third thread reading",
    lanes=(
        e.Lane(
            "A",
            ("swap(b)", "count('pen')"),
            (
                e.Moment(0, "swap(b) runs to", e.Origin("Shelf_swap+0x41")),
                e.Moment(2, "goes on to", e.Origin("PyMutex_Lock")),
            ),
        ),
        e.Lane("B", ("swap(a)",), (e.Moment(1, "swap(a) runs to", e.Origin("PyMutex_Lock")),)),
        e.Lane("C", ("count('pen')",), (e.Moment(2, "count('pen') runs to its end"),)),
    ),
    got="every thread waits for another one",
)


_UNITS_OF = e.Excerpt(62, tuple(_SOURCE.split("\n")), (64,))


def _shown(fingerprint: str, stage: e.Stage, found: Finding, module: str = "", **more: Any) -> e.Shown:  # noqa: ANN401
    return e.Shown(finding=found, fingerprint=fingerprint, stage=stage, module=module, **more)


def found() -> tuple[e.Shown, ...]:
    """What three stages have found, of each severity; one finding has no module, two have scenarios."""
    path, core, labels = "src/shelfcount.c", "shelfcount._core", "shelfcount._labels"
    error, warning, note = Severity
    corrupted = finding(
        "UG904",
        "corrupted-state",
        "units_of() beside another thread's call leaves a state that no order of them leaves",
        (path, 64),
        error,
        evidence=(
            "A: move('pen', 1) | B: move('pen', 1), on a Shelf that A made",
            "first seen after 0.01 s and 35 runs",
        ),
    )
    waiting = "Each of two threads waits for the lock that the other holds"
    deadlock = finding("UG902", "deadlock-under-threads", waiting, (path, 131), error)
    borrowed = finding(
        "UG104",
        "borrowed-dict-value",
        "PyDict_GetItemWithError() returns a borrowed reference, which another thread can free",
        (path, 64),
        warning,
        fix="PyDict_GetItemRef() of Python 3.13, which returns a strong reference",
    )
    racy = finding(
        "UG910", "racy-test", "The test fails in threads and not alone", ("tests/test_shelf.py", 31), warning
    )
    silent = "The module does not say whether it needs the GIL, so importing it turns it on"
    missing = finding("UG001", "missing-gil-declaration", silent, ("src/_labels.pyx", 1), warning)
    static = finding("UG203", "static-cache", "A static is written without a lock", (path, 22), note)
    pyx = e.Excerpt(1, ("# cython: language_level=3", "cdef dict _cache = {}"), (1,))
    order = "which of two shelves is locked first"
    audit, stress, hammer = e.Stage.AUDIT, e.Stage.STRESS, e.Stage.HAMMER
    return (
        _shown("9f3c61d20a55", hammer, corrupted, core, excerpt=_UNITS_OF, scenarios=(_LOST,)),
        _shown("12ab77e0c411", hammer, deadlock, core, scenarios=(_DEADLOCK,), decision=order),
        _shown("77d0e41b9a02", audit, borrowed, core, excerpt=_UNITS_OF, repaired="strong-dict-value"),
        _shown("5522d0e4b9a0", stress, racy),
        _shown("c0ffee55d0e4", audit, missing, labels, excerpt=pyx),
        _shown("5a5a5a5a0001", audit, static, core),
    )
