"""What each stage of the road came to: parts of the evidence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Audited",
    "Built",
    "Driven",
    "Hammered",
    "Pair",
    "Point",
    "Repaired",
    "Scaled",
    "Stressed",
    "TestEvidence",
    "Wheeled",
]


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
