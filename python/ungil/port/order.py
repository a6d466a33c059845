"""What was asked of the road, and what a stage is given to do its part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ungil.audit import Policy
from ungil.errors import UngilError
from ungil.finding import Severity
from ungil.port.evidence import Stage
from ungil.port.folder import Folder
from ungil.port.fragment import Fragment
from ungil.port.subject import Subject
from ungil.source import Wanted
from ungil.workshop import Workshop, open_workshop

__all__ = ["FREE_THREADED", "Order", "Shops", "SkippedError", "Work"]

FREE_THREADED = "3.14t"


class SkippedError(UngilError):
    """A stage has nothing to do here: no failure, and the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked.

    Attributes:
        target: a folder, an sdist, or ``name==version``.
        command: what was typed.
        policy, wanted: what is reported, and which sources are read.
        settings: these two as text: whatever makes a difference to them is in it.
        until: the last stage.
        budget: seconds for all; 0 for no limit.
        build_deadline: seconds for the build; 0 leaves it to the budget.
        apply_fixes: whether what is built is the repaired project.
        seed: of whatever chooses; None for a new one.
        threads: that run beside each other.
    """

    target: str
    command: str = ""
    policy: Policy = field(default_factory=lambda: Policy(level=Severity.WARNING))
    wanted: Wanted = field(default_factory=Wanted)
    settings: str = ""
    until: Stage = Stage.WHEEL
    budget: float = 0.0
    build_deadline: float = 0.0
    apply_fixes: bool = False
    seed: int | None = None
    threads: int = 2


class Shops:
    """The workshops of a run, each opened when it is first needed. For one thread."""

    def __init__(self, folder: Folder, report: Callable[[str], None]) -> None:
        self._folder = folder
        self._report = report
        self._open: dict[str, Workshop] = {}

    def open(self, version: str, deadline: float) -> Workshop:
        """That of a version.

        Raises:
            ToolError: there is no such interpreter, or the environment cannot be made.
        """
        if version not in self._open:
            place = self._folder.place("workshop", version)
            self._open[version] = open_workshop(place, version, report=self._report, deadline=deadline)
        return self._open[version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one stage is given.

    Attributes:
        order: what was asked.
        subject: the project, as it is.
        folder: where things are kept.
        source: the folder that wheels are built from: the project's snapshot, or the repaired one.
        earlier: what the stages before it came to.
        seconds: that it may take.
        report: is told what is being done; raises once the time is over.
        shops: the environments.
    """

    order: Order
    subject: Subject
    folder: Folder
    source: Path
    earlier: Mapping[Stage, Fragment]
    seconds: float
    report: Callable[[str], None]
    shops: Shops

    def shop(self) -> Workshop:
        """The free-threaded environment.

        Raises:
            ToolError: it cannot be had.
        """
        return self.shops.open(FREE_THREADED, self.seconds)

    @property
    def modules(self) -> tuple[str, ...]:
        """The extension modules of the wheel; none where there is no wheel."""
        fragment = self.earlier.get(Stage.BUILD)
        return fragment.built.modules if fragment and fragment.built else ()

    def wheel(self) -> Path:
        """The wheel that was built.

        Raises:
            SkippedError: there is none.
        """
        fragment = self.earlier.get(Stage.BUILD)
        built = fragment.built if fragment else None
        if built is None:
            raise SkippedError("There is no wheel to look at.", "See why the build did not come to one.")
        return self.folder.path / "wheels" / built.sha256[:16] / built.wheel
