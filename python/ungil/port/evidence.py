"""What is known of a project after the road: plain data, which reports render and a folder keeps.

Nothing here runs anything or holds what cannot be written as JSON, so a stage that was done once need not be done
again, and a report can be made anew without the project. A part that is None was not reached: its ``Step`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ungil.finding import Finding

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What the sources show, before any repair.

    Attributes:
        files, lines, functions: how much was read.
        understood: the share of the tokens that was, from 0 to 1.
        unread: per file, why part of it was not understood.
        hidden: how many findings are below the level that is reported.
    """

    files: int
    lines: int
    functions: int
    understood: float
    unread: tuple[tuple[str, str], ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What ``ungil fix`` would change; the project itself was left as it is.

    Attributes:
        repairs: code, slug, ``path:line`` and what to look at (empty for repairs that keep behaviour), of each.
        before, after: findings of warning and error, before and after the repairs.
        patch: the change, as a unified diff.
        applied: whether what follows was built with the patch.
    """

    repairs: tuple[tuple[str, str, str, str], ...]
    before: int
    after: int
    patch: str
    applied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The wheel that the rest of the evidence is about.

    Attributes:
        wheel: its file name.
        sha256: of the wheel.
        python: ``3.14.9 free-threaded``.
        compiler: as it names itself; empty where that is not known.
        warnings: of the compiler, at most a hundred of them.
        modules: its extension modules, as they are imported.
    """

    wheel: str
    sha256: str
    python: str
    compiler: str = ""
    warnings: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestEvidence:
    """One test that did not just pass, or did not run in parallel.

    Attributes:
        name: pytest's node id, or the dotted name of unittest.
        verdict: a word: ``racy``, ``crashes``, ``hangs``, ``flaky``, ``fails alone``, ``skipped``, ``alone``.
        serially: how often it failed of how many serial runs.
        threaded: how often it failed of how many runs in threads.
        said: the last lines of its failure, or why it ran alone or was skipped.
        stacks: native and Python stacks, where it hung or crashed.
    """

    __test__ = False  # not a test of pytest's, whatever its name says

    name: str
    verdict: str
    serially: tuple[int, int] = (0, 0)
    threaded: tuple[int, int] = (0, 0)
    said: str = ""
    stacks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """The project's own tests, serially and then in parallel threads.

    Attributes:
        runner: ``pytest`` or ``unittest``.
        threads, iterations, repeats: of each test; how often the whole was repeated.
        collected: how many tests there are.
        passed_serially, passed_in_threads: how many of them passed every time.
        in_threads: how many ran in more than one thread.
        gil: ``off`` as proved in a fresh process, or when and by whom it was turned on.
        tests: those of which there is something to say.
        notes: what else whoever reads the numbers has to know.
    """

    runner: str
    threads: int
    iterations: int
    repeats: int
    collected: int
    passed_serially: int
    passed_in_threads: int
    in_threads: int
    gil: str
    tests: tuple[TestEvidence, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a source or in machine code: ``shelfcount.c:41``, or the function and offset."""

    text: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that a thread does in a scenario.

    Attributes:
        time: which one it is, counted from 0; two moments of one time run together.
        text: ``move_to(b) runs to``, ``goes on to its end``.
        stopped: where the thread is stopped at the end of it; None if it is not.
    """

    time: int
    text: str
    stopped: Origin | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread: its name, ``A``; what it calls; its moments in order."""

    thread: str
    calls: tuple[str, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How threads met, and what came of it.

    Attributes:
        title: ``Counter.add beside Counter.reset``.
        lanes: at least one thread.
        got: what came out.
        allowed: each sequential order and its outcome: ``("A B", "2")``.
        again, tries: how often it came out again, of how many more tries.
        confirmed: in words, what a script of plain Python threads showed; empty if it was not tried.
        script: that script's text; empty if there is none.
        stacks: where the threads stood, one text each.
    """

    title: str
    lanes: tuple[Lane, ...]
    got: str
    allowed: tuple[tuple[str, str], ...] = ()
    again: int = 0
    tries: int = 0
    confirmed: str = ""
    script: str = ""
    stacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two operations that may run beside each other: how often they did, and with a thread stopped in the first."""

    first: str
    second: str
    runs: int
    stops: int
    found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What was done to the objects of one model.

    Attributes:
        model: ``Counter``.
        source: from where it is known: ``model``, ``harvest``, ``introspection``.
        operations: in the order of the matrix.
        pairs: all that may run together, those that never did included.
        executions: concurrent runs.
    """

    model: str
    source: str
    operations: tuple[str, ...]
    pairs: tuple[Pair, ...]
    executions: int


@dataclass(frozen=True, slots=True)
class Open:
    """What nothing was done to, or nobody has looked at, and why."""

    what: str
    why: str
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hammered:
    """The hunt for races.

    Attributes:
        executions: concurrent runs.
        stepping: how threads were stopped: ``hardware breakpoints``, ``single steps``; empty if they were not.
        threads: at once.
        seed: repeats the choices of the hunt.
        operations: how many distinct calls the project's own tests gave.
        members, driven: functions, methods, attributes and protocols that there are; of these, driven.
        models: what was done to each.
        gil: ``off``; or kept off against the module's word; or when it came on.
        notes: what else whoever reads the numbers has to know.
    """

    executions: int
    stepping: str
    threads: int
    seed: int
    operations: int
    members: int
    driven: int
    models: tuple[Driven, ...] = ()
    gil: str = "off"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """Throughput, in calls each second, of so many threads: the median of rounds, their least and their most."""

    threads: int
    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """How much more two threads do than one, on the free-threaded and on the GIL-enabled build, in one run.

    Attributes:
        what: the calls that were timed, in words.
        free_threaded, gil_enabled: the points by threads; the second is empty where there is no such build, and why
            stands in ``notes``.
        cores: that the machine has.
    """

    what: str
    free_threaded: tuple[Point, ...]
    gil_enabled: tuple[Point, ...]
    cores: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheeled:
    """What the wheel says of itself.

    Attributes:
        tags: ``cp314-cp314t-linux_x86_64``.
        classifiers: those about free threading.
        modules: name and what the binary declares, in words, of each.
        imported: whether each module was imported in a fresh process, and what the GIL did.
    """

    tags: tuple[str, ...]
    classifiers: tuple[str, ...]
    modules: tuple[tuple[str, str], ...]
    imported: tuple[tuple[str, str], ...] = ()


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
