"""The evidence of a typical project."""

from __future__ import annotations

import itertools

from ungil.finding import Confidence, Finding, Location, Severity
from ungil.port import evidence as e

__all__ = ["finding", "typical"]

_SOURCE = """\
/* The units of an item, or -1 with an exception set. */
static Py_ssize_t units_of(Shelf* self, PyObject* item) {
    PyObject* count = PyDict_GetItemWithError(self->stock, item);
    if (count == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return PyLong_AsSsize_t(count);
}"""

_PATCH = """\
--- a/src/shelfcount.c
+++ b/src/shelfcount.c
@@ -63,6 +63,8 @@
 static Py_ssize_t units_of(Shelf* self, PyObject* item) {
-    PyObject* count = PyDict_GetItemWithError(self->stock, item);
-    if (count == NULL) {
-        return PyErr_Occurred() ? -1 : 0;
+    PyObject* count;
+    if (PyDict_GetItemRef(self->stock, item, &count) < 0) {
+        return -1;
     }
-    return PyLong_AsSsize_t(count);
+    Py_ssize_t units = count == NULL ? 0 : PyLong_AsSsize_t(count);
+    Py_XDECREF(count);
+    return units;
"""

_STACKS = """\
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
    stacks=(_STACKS,),
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


def _found() -> tuple[e.Shown, ...]:
    path = "src/shelfcount.c"
    return (
        e.Shown(
            finding=finding(
                "UG904",
                "corrupted-state",
                "units_of() beside another thread's call leaves a state that no order of them leaves",
                (path, 64),
                Severity.ERROR,
                evidence=(
                    "A: move('pen', 1) | B: move('pen', 1), on a Shelf that A made",
                    "first seen after 0.01 s and 35 runs",
                ),
            ),
            fingerprint="9f3c61d20a55",
            stage=e.Stage.HAMMER,
            excerpt=_UNITS_OF,
            module="shelfcount._core",
            scenarios=(_LOST,),
        ),
        e.Shown(
            finding=finding(
                "UG902",
                "deadlock-under-threads",
                "Each of two threads waits for the lock that the other holds",
                (path, 131),
                Severity.ERROR,
            ),
            fingerprint="12ab77e0c411",
            stage=e.Stage.HAMMER,
            module="shelfcount._core",
            scenarios=(_DEADLOCK,),
            decision="which of two shelves is locked first",
        ),
        e.Shown(
            finding=finding(
                "UG104",
                "borrowed-dict-value",
                "PyDict_GetItemWithError() returns a borrowed reference, which another thread can free",
                (path, 64),
                Severity.WARNING,
                fix="PyDict_GetItemRef() of Python 3.13, which returns a strong reference",
            ),
            fingerprint="77d0e41b9a02",
            stage=e.Stage.AUDIT,
            excerpt=_UNITS_OF,
            module="shelfcount._core",
            repaired="strong-dict-value",
        ),
        e.Shown(
            finding=finding(
                "UG910",
                "racy-test",
                "The test fails in threads and not alone",
                ("tests/test_shelf.py", 31),
                Severity.WARNING,
            ),
            fingerprint="5522d0e4b9a0",
            stage=e.Stage.STRESS,
        ),
        e.Shown(
            finding=finding(
                "UG001",
                "missing-gil-declaration",
                "The module does not say whether it needs the GIL, so importing it turns it on",
                ("src/_labels.pyx", 1),
                Severity.WARNING,
            ),
            fingerprint="c0ffee55d0e4",
            stage=e.Stage.AUDIT,
            module="shelfcount._labels",
            excerpt=e.Excerpt(1, ("# cython: language_level=3", "cdef dict _cache = {}"), (1,)),
        ),
        e.Shown(
            finding=finding("UG203", "static-cache", "A static is written without a lock", (path, 22), Severity.NOTE),
            fingerprint="5a5a5a5a0001",
            stage=e.Stage.AUDIT,
            module="shelfcount._core",
        ),
    )


def _modules() -> tuple[e.ModuleEvidence, ...]:
    return (
        e.ModuleEvidence(
            name="shelfcount._core",
            declared="that it needs no GIL (Py_MOD_GIL_NOT_USED)",
            found=("9f3c61d20a55", "12ab77e0c411", "77d0e41b9a02", "5a5a5a5a0001"),
            tried=(
                "48,213 concurrent runs, threads stopped by hardware breakpoints",
                "118 of the project's tests in 4 threads",
            ),
            members=17,
            driven=14,
            verdict="It declares that it needs no GIL; 2 errors that were seen to happen contradict that.",
            stands="against",
        ),
        e.ModuleEvidence(
            name="shelfcount._labels",
            declared="nothing: importing it turns the GIL on",
            found=("c0ffee55d0e4",),
            tried=(),
            members=9,
            driven=0,
            verdict="Nothing was tried with the GIL off.",
            stands="open",
        ),
        e.ModuleEvidence(
            name="shelfcount._crc",
            declared="that it needs no GIL (Py_mod_gil)",
            found=(),
            tried=("12,004 concurrent runs", "7 tests in 4 threads"),
            members=3,
            driven=3,
            verdict="All of its members ran beside each other in 12,004 runs; nothing was found.",
            stands="for",
        ),
    )


def _driven() -> tuple[e.Driven, ...]:
    operations = ("move('pen', 1)", "count('pen')", "last", "forget", "swap(b)", "__len__")
    rows = [(37, 33), (40, 31), (12, 9), (220, 180), (64, 60), (8, 0)]
    pairs = [
        e.Pair(
            a,
            b,
            *((0, 0) if (a, b) == ("forget", "swap(b)") else rows[(i * 5 + j) % 6]),
            found=(i, j) in {(0, 0), (4, 4)},
        )
        for (i, a), (j, b) in itertools.product(enumerate(operations), repeat=2)
        if (a, b) != ("__len__", "__len__")
    ]
    crc = (e.Pair("crc32(b'x')", "crc32(b'x')", 12004, 11_000),)
    return (
        e.Driven(model="Shelf", source="model", operations=operations, pairs=tuple(pairs), executions=36_209),
        e.Driven(model="shelfcount._crc", source="harvest", operations=("crc32(b'x')",), pairs=crc, executions=12_004),
    )


def _stressed() -> e.Stressed:
    return e.Stressed(
        runner="pytest",
        threads=4,
        iterations=2,
        repeats=3,
        collected=127,
        passed_serially=125,
        passed_in_threads=117,
        in_threads=118,
        gil="off, as proved in a fresh process",
        tests=(
            e.TestEvidence(
                name="tests/test_shelf.py::test_two_move_the_same",
                verdict="racy",
                serially=(0, 3),
                threaded=(2, 3),
                said="assert 7 == 8\n +  where 7 = <Shelf>.count('pen')",
            ),
            e.TestEvidence(
                name="tests/test_shelf.py::test_swap",
                verdict="hangs",
                serially=(0, 3),
                threaded=(3, 3),
                said="no end after 60 s",
                stacks=_STACKS,
            ),
            e.TestEvidence(
                name="tests/test_labels.py::test_remote",
                verdict="fails alone",
                serially=(3, 3),
                threaded=(0, 0),
                said="ConnectionError: the network cannot be reached",
            ),
            e.TestEvidence(
                name="tests/test_shelf.py::test_environment", verdict="alone", serially=(0, 3), said="uses monkeypatch"
            ),
        ),
        notes=("9 tests use fixtures that threads cannot share, and ran alone.",),
    )


def _steps() -> tuple[e.Step, ...]:
    done, stage = e.Reached.DONE, e.Stage
    return (
        e.Step(
            stage=stage.AUDIT,
            reached=done,
            why="3 warnings and 1 note in 4 files",
            command="ungil audit .",
            seconds=0.42,
        ),
        e.Step(
            stage=stage.FIX,
            reached=done,
            why="1 repair; the project was left as it is",
            command="ungil fix . --diff",
            seconds=0.61,
        ),
        e.Step(
            stage=stage.BUILD,
            reached=done,
            why="shelfcount-1.4.2-cp314-cp314t-linux_x86_64.whl",
            command="uv build --wheel --python 3.14t",
            kept=True,
        ),
        e.Step(
            stage=stage.STRESS,
            reached=done,
            why="117 of 118 tests passed in 4 threads",
            command="ungil stress .",
            seconds=41.2,
        ),
        e.Step(
            stage=stage.HAMMER,
            reached=done,
            why="2 errors in 48,213 concurrent runs",
            command="ungil hammer shelfcount._core --harvest tests",
            seconds=60.1,
        ),
        e.Step(stage=stage.SCALING, reached=done, why="two threads do 1.71 times what one does", seconds=9.8),
        e.Step(
            stage=stage.WHEEL,
            reached=e.Reached.SKIPPED,
            why="lief is not installed, which reads the binaries in a wheel",
            advice="Install it: pip install 'ungil[wheel]'.",
            command="ungil wheel check dist/*.whl",
        ),
    )


def typical() -> e.Evidence:
    """Three modules, one of each stand; races, tests, a curve; a stage that was skipped, one that was kept."""
    return e.Evidence(
        project="shelfcount",
        version="1.4.2",
        command="ungil port . --budget 120",
        made="2026-05-04T14:03:22+02:00",
        machine="Intel Xeon, 2 cores, 8 GiB, Linux 6.8 (Debian 12)",
        tools={
            "ungil": "0.9.0",
            "Python": "3.14.2 free-threaded",
            "gcc": "14.2.0",
            "pytest": "9.2.0",
            "pytest-run-parallel": "0.10.0",
        },
        seed=4711,
        budget=120.0,
        seconds=112.4,
        steps=_steps(),
        modules=_modules(),
        findings=_found(),
        suppressions=(
            e.Kept(
                finding(
                    "UG905",
                    "lost-result",
                    "last beside move answers what no order answers",
                    ("src/shelfcount.c", 118),
                    Severity.WARNING,
                ),
                "documented as approximate while others move",
                e.Stage.HAMMER,
                "shelfcount._core",
            ),
        ),
        open=(
            e.Open("Shelf.__reduce__", "no call of it was found in the tests", "shelfcount._core"),
            e.Open("Shelf.save", "it takes a path, and was left out", "shelfcount._core"),
            e.Open("every member", "importing the module turns the GIL on", "shelfcount._labels"),
            e.Open("sub-interpreters", "nothing here tries them"),
        ),
        audited=e.Audited(
            files=4,
            lines=912,
            functions=58,
            understood=0.9973,
            unread=(("src/vendor/tiny.h", "a macro opens what another one closes"),),
            hidden=3,
        ),
        repaired=e.Repaired(
            repairs=(
                ("UG104", "borrowed-dict-value", "src/shelfcount.c:64", ""),
                (
                    "UG001",
                    "missing-gil-declaration",
                    "src/_labels.pyx:1",
                    "whether all of the module may run without the GIL",
                ),
            ),
            before=3,
            after=1,
            patch=_PATCH,
            applied=True,
        ),
        built=e.Built(
            wheel="shelfcount-1.4.2-cp314-cp314t-linux_x86_64.whl",
            sha256="9a" * 32,
            python="3.14.2 free-threaded",
            compiler="gcc 14.2.0",
            warnings=("src/shelfcount.c:22:18: warning: 'Decimal' defined but not used [-Wunused-variable]",),
            modules=("shelfcount._core", "shelfcount._labels", "shelfcount._crc"),
        ),
        stressed=_stressed(),
        hammered=e.Hammered(
            executions=48_213,
            stepping="hardware breakpoints",
            threads=2,
            seed=4711,
            operations=31,
            members=29,
            driven=17,
            models=_driven(),
            notes=("The GIL was kept off against the word of shelfcount._labels.",),
        ),
        scaled=e.Scaled(
            what="count('pen') on a shelf of each thread's own, and move('pen', 1), as often as the tests call each",
            free_threaded=(e.Point(1, 2_410_000, 2_350_000, 2_440_000), e.Point(2, 4_120_000, 3_700_000, 4_330_000)),
            gil_enabled=(e.Point(1, 2_790_000, 2_700_000, 2_830_000), e.Point(2, 2_610_000, 2_300_000, 2_760_000)),
            cores=2,
        ),
        notes=("The tests were run from the sources' folder, as tox.ini does it.",),
    )
