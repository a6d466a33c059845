"""The evidence of a typical project."""

from __future__ import annotations

import itertools

from tests.report.evidence.found import STACKS, finding, found

from ungil.finding import Severity
from ungil.port import evidence as e

__all__ = ["typical"]

_WHEEL = "shelfcount-1.4.2-cp314-cp314t-linux_x86_64.whl"

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


def _test(name: str, verdict: str, said: str, *failed: int, stacks: str = "") -> e.TestEvidence:
    """How often it failed of three times: alone, and in threads if it ran there."""
    serially, threaded = [(times, 3) for times in failed] if len(failed) > 1 else [(failed[0], 3), (0, 0)]
    return e.TestEvidence(
        name=f"tests/{name}", verdict=verdict, serially=serially, threaded=threaded, said=said, stacks=stacks
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
            _test(
                "test_shelf.py::test_two_move_the_same",
                "racy",
                "assert 7 == 8\n +  where 7 = <Shelf>.count('pen')",
                0,
                2,
            ),
            _test("test_shelf.py::test_swap", "hangs", "no end after 60 s", 0, 3, stacks=STACKS),
            _test("test_labels.py::test_remote", "fails alone", "ConnectionError: the network cannot be reached", 3),
            _test("test_shelf.py::test_environment", "alone", "uses monkeypatch", 0),
        ),
        notes=("9 tests use fixtures that threads cannot share, and ran alone.",),
    )


def _steps() -> tuple[e.Step, ...]:
    done = (
        (e.Stage.AUDIT, "3 warnings and 1 note in 4 files", "ungil audit .", 0.42),
        (e.Stage.FIX, "1 repair; the project was left as it is", "ungil fix . --diff", 0.61),
        (e.Stage.BUILD, _WHEEL, "uv build --wheel --python 3.14t", 0.0),
        (e.Stage.STRESS, "117 of 118 tests passed in 4 threads", "ungil stress .", 41.2),
        (e.Stage.HAMMER, "2 errors in 48,213 concurrent runs", "ungil hammer shelfcount._core --harvest tests", 60.1),
        (e.Stage.SCALING, "two threads do 1.71 times what one does", "", 9.8),
    )
    return (
        *(
            e.Step(stage=stage, reached=e.Reached.DONE, why=why, command=command, seconds=took, kept=not took)
            for stage, why, command, took in done
        ),
        e.Step(
            stage=e.Stage.WHEEL,
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
        findings=found(),
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
            wheel=_WHEEL,
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
