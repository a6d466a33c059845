"""What is known of a project after the road: plain data, which reports render and a folder keeps.

Nothing here runs anything or holds what cannot be written as JSON, so a stage that was done once need not be done
again, and a report can be made anew without the project. A part that is None was not reached: its ``Step`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ungil.finding import Finding
from ungil.port.outcomes import (
    Audited,
    Built,
    Driven,
    Hammered,
    Pair,
    Point,
    Repaired,
    Scaled,
    Stressed,
    TestEvidence,
    Wheeled,
)
from ungil.port.scenario import Lane, Moment, Origin, Scenario

__all__ = [
    "Audited",
    "Built",
    "Driven",
    "Evidence",
    "Excerpt",
    "Hammered",
    "Kept",
    "Lane",
    "ModuleEvidence",
    "Moment",
    "Open",
    "Origin",
    "Pair",
    "Point",
    "Reached",
    "Repaired",
    "Scaled",
    "Scenario",
    "Shown",
    "Stage",
    "Step",
    "Stressed",
    "TestEvidence",
    "Wheeled",
]


class Stage(StrEnum):
    """The stages, in the order of the road."""

    AUDIT = "audit"
    FIX = "fix"
    BUILD = "build"
    STRESS = "stress"
    HAMMER = "hammer"
    SCALING = "scaling"
    WHEEL = "wheel"


class Reached(StrEnum):
    """How a stage ended."""

    DONE = "done"  # it came to its end, whatever it found
    FAILED = "failed"  # it could not come to its end
    SKIPPED = "skipped"  # it was not begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage, as it went.

    Attributes:
        stage: which.
        reached: how it ended.
        why: one sentence where it was skipped or failed; else what it came to, in a few words.
        advice: what to do next, where it was skipped or failed.
        command: what somebody would type to do the stage alone; empty if there is no such command.
        seconds: how long it took, when it was done.
        kept: whether the result is from an earlier run on the same sources.
        log: the last lines of what it printed, where it failed.
    """

    stage: Stage
    reached: Reached
    why: str
    advice: str = ""
    command: str = ""
    seconds: float = 0.0
    kept: bool = False
    log: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a source.

    Attributes:
        first: the number of the first of them.
        lines: without their ends.
        marked: the numbers of those that a finding is about.
    """

    first: int
    lines: tuple[str, ...]
    marked: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A finding with what a reader wants to see beside it.

    Attributes:
        finding: it.
        fingerprint: which stays when lines move; unique in the evidence.
        stage: which found it.
        excerpt: its source; None if there is none to show.
        module: the extension module that it lies in, as it is imported; empty where that is not known, or it is of the
            whole project.
        scenarios: how threads met, if it was seen to happen.
        repaired: the fixer that repairs it, in the patch; empty if none does.
        decision: what somebody has to decide first; empty if nothing is known.
    """

    finding: Finding
    fingerprint: str
    stage: Stage
    excerpt: Excerpt | None = None
    module: str = ""
    scenarios: tuple[Scenario, ...] = ()
    repaired: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding that somebody allowed: it stands, and why; in which module, if that is known."""

    finding: Finding
    reason: str
    stage: Stage
    module: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """What nothing was done to, or nobody has looked at, and why."""

    what: str
    why: str
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleEvidence:
    """One extension module: what it claims, and what stands for it or against it.

    Attributes:
        name: as it is imported.
        declared: in words: that it needs no GIL; nothing; that it uses the GIL; not known.
        found: the findings against it, by fingerprint, the most serious first.
        tried: what was done to it, one sentence each; empty if nothing was.
        members, driven: of its API.
        verdict: one sentence: the evidence, never a promise.
        stands: one of ``against`` (findings contradict the declaration), ``open`` (too little was tried to say),
            ``for`` (much was tried, nothing was found).
    """

    name: str
    declared: str
    found: tuple[str, ...]
    tried: tuple[str, ...]
    members: int
    driven: int
    verdict: str
    stands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a report of the road says.

    Attributes:
        project, version: what it is about; the version is empty where the project does not say it.
        command: what was typed.
        made: when, ISO 8601 with its offset.
        machine: in words: processor, cores, memory, system.
        tools: name and version of each that took part.
        seed: of whatever chooses.
        budget: seconds that were given; 0 for no limit.
        seconds: that were taken, kept results not counted.
        steps: one for each stage, in their order.
        modules: by name.
        findings: of all stages, the most serious first.
        suppressions: what was allowed.
        open: what stays open.
    """

    project: str
    version: str
    command: str
    made: str
    machine: str
    tools: dict[str, str]
    seed: int
    budget: float
    seconds: float
    steps: tuple[Step, ...]
    modules: tuple[ModuleEvidence, ...] = ()
    findings: tuple[Shown, ...] = ()
    suppressions: tuple[Kept, ...] = ()
    open: tuple[Open, ...] = ()
    audited: Audited | None = None
    repaired: Repaired | None = None
    built: Built | None = None
    stressed: Stressed | None = None
    hammered: Hammered | None = None
    scaled: Scaled | None = None
    wheeled: Wheeled | None = None
    notes: tuple[str, ...] = field(default=())

    def step(self, stage: Stage) -> Step:
        """How a stage went.

        Raises:
            KeyError: nothing is known of it.
        """
        for step in self.steps:
            if step.stage is stage:
                return step
        raise KeyError(stage)
