"""Projects and stages for tests of the road: small, and nothing is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ungil.errors import BuildError
from ungil.finding import Confidence, Finding, Location, Severity
from ungil.port.evidence import Audited, Built, Hammered, Reached, Shown, Stage, Step, Stressed, Wheeled
from ungil.port.folder import Folder, opened
from ungil.port.fragment import Fragment, Member, ModuleSeen
from ungil.port.order import Order, SkippedError, Work
from ungil.port.road import STATIONS, Station, travel

SOURCE = """\
#include <Python.h>
static PyObject *
first(PyObject *self, PyObject *list)
{
    return Py_XNewRef(PyList_GetItem(list, 0));
}
static PyMethodDef methods[] = {{"first", first, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, 0, methods};
PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&module);
}
"""
NAMED = '[project]\nname = "spam"\nversion = "1.2"\n'


def project(folder: Path, source: str = SOURCE) -> Path:
    """A project of one file, with a borrowed reference and without a declaration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spam.c").write_text(source)
    (folder / "pyproject.toml").write_text(NAMED)
    return folder


def finding(  # noqa: PLR0913 - what differs in tests
    code: str = "UG101",
    slug: str = "borrowed-list-item",
    *,
    path: str = "spam.c",
    line: int = 5,
    severity: Severity = Severity.WARNING,
    confidence: Confidence = Confidence.HIGH,
) -> Finding:
    """One."""
    where = Location(path, line, 1, line, 9)
    return Finding(code=code, slug=slug, message="it goes", location=where, severity=severity, confidence=confidence)


def seen(stage: Stage, module: str = "spam", **details: object) -> Shown:
    """One, as a stage has found it."""
    found = finding(**details)  # type: ignore[arg-type]
    return Shown(finding=found, fingerprint=f"{stage}{details}", stage=stage, module=module)


def step(stage: Stage) -> Step:
    """One that was done."""
    return Step(stage=stage, reached=Reached.DONE, why="it was done")


BUILT = Built(wheel="spam-1.2-cp314-cp314t-linux_x86_64.whl", sha256="0" * 64, python="3.14.0", modules=("spam",))
STRESSED = Stressed(
    runner="pytest",
    threads=4,
    iterations=2,
    repeats=1,
    collected=3,
    passed_serially=3,
    passed_in_threads=3,
    in_threads=3,
    gil="off",
)
HAMMERED = Hammered(
    executions=5000, stepping="hardware breakpoints", threads=2, seed=7, operations=3, members=2, driven=2
)
WHEELED = Wheeled(
    tags=("cp314-cp314t-linux_x86_64",),
    classifiers=(),
    modules=(("spam", "that it needs no GIL"),),
    imported=(("spam", "imported, the GIL stays off"),),
)
CLEAN: Mapping[Stage, Fragment] = {
    Stage.AUDIT: Fragment(
        step=step(Stage.AUDIT),
        modules=(ModuleSeen("spam", "in its source, that it needs no GIL", ("spam.c",), needs_no_gil=True),),
        audited=Audited(files=1, lines=13, functions=2, understood=1.0),
    ),
    Stage.FIX: Fragment(step=step(Stage.FIX)),
    Stage.BUILD: Fragment(step=step(Stage.BUILD), built=BUILT),
    Stage.STRESS: Fragment(step=step(Stage.STRESS), stressed=STRESSED),
    Stage.HAMMER: Fragment(
        step=step(Stage.HAMMER),
        hammered=HAMMERED,
        members=(Member("spam:Spam", "get", driven=True), Member("spam", "first", driven=True)),
    ),
    Stage.SCALING: Fragment(step=step(Stage.SCALING)),
    Stage.WHEEL: Fragment(
        step=step(Stage.WHEEL),
        wheeled=WHEELED,
        modules=(ModuleSeen("spam", "that it needs no GIL", needs_no_gil=True, imported=True, gil_on=False),),
    ),
}
"""What the stages say of a module against which there is nothing."""


@dataclass
class Walk:
    """A road whose stages are played.

    Attributes:
        ends: stages that do not come to their end, and with what.
        done: the stages that were done, in their order.
        told: the steps, as they were told.
    """

    source: Path
    folder: Folder
    ends: dict[Stage, BaseException] = field(default_factory=dict)
    done: list[Stage] = field(default_factory=list)
    told: list[Step] = field(default_factory=list)

    def go(self, **order: object) -> object:
        """Go it; the evidence."""
        asked = Order(target=str(self.source), **order)  # type: ignore[arg-type]
        self.done.clear()
        self.told.clear()
        return travel(asked, self.folder, tell=self.told.append, stations=self._stations())

    def _stations(self) -> dict[Stage, Station]:
        return {
            stage: Station(self._player(stage), of_wheel=one.of_wheel, chooses=one.chooses, quick=one.quick)
            for stage, one in STATIONS.items()
        }

    def _player(self, stage: Stage) -> Callable[[Work], Fragment]:
        def play(work: Work) -> Fragment:
            if stage in self.ends:
                raise self.ends[stage]
            self.done.append(stage)
            if stage is Stage.BUILD:
                place = work.folder.place("wheels", BUILT.sha256[:16])
                (place / BUILT.wheel).write_bytes(b"")
            return CLEAN[stage]

        return play


def walk(tmp_path: Path, **ends: BaseException) -> Walk:
    """A road through a small project; ``build=BuildError(...)`` is how a stage ends."""
    folder, _ = opened(tmp_path / "kept", "spam")
    return Walk(project(tmp_path / "spam"), folder, {Stage(name): error for name, error in ends.items()})


def not_built() -> BuildError:
    """A build that fails."""
    return BuildError("spam does not build for 3.14t:\n    spam.c:1: error", "Install the header.", "the last line")


def no_tests() -> SkippedError:
    """A stage that has nothing to do."""
    return SkippedError("The project has no tests.", "Name a clone.")
