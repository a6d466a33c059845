"""What rules may see of the files that test a project and ship it: workflows, and what these run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ungil.facts.cython.model import CythonFile, Place

__all__ = ["CiFacts", "Job", "Mention", "Run", "Said", "Spot", "Step", "Suppression", "WheelBuild", "Workflow"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file."""

    file: CythonFile
    place: Place


@dataclass(frozen=True, slots=True)
class Run:
    """One combination of a job's matrix.

    Attributes:
        is_free_threaded: a free-threaded Python is set up in it.
        is_unclear: it sets up a Python that another file, or what runs, decides on.
        runner: the label of the machine; empty where it cannot be seen.
        may_fail: its failure is none; None where that cannot be seen.
    """

    is_free_threaded: bool
    is_unclear: bool
    runner: str
    may_fail: bool | None

    @property
    def is_arm(self) -> bool | None:
        """The machine is of a weak memory model; None where the label does not tell."""
        label = self.runner.lower()
        if not label or "${{" in label or not label.startswith(("ubuntu-", "windows-", "macos-")):
            return True if "arm" in label or "aarch64" in label or "graviton" in label else None
        if "arm" in label:
            return True
        if label.startswith("macos-"):
            return not any(one in label for one in ("-11", "-12", "-13", "intel", "large"))
        return False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job.

    Attributes:
        action: that it uses, without its version; empty for a script.
        version: of the action, as far as it is written there or in a comment beside; empty where that is unclear.
        options: what it is given, as it is written.
        script: what it runs.
    """

    spot: Spot
    action: str
    version: tuple[int, ...]
    options: dict[str, str]
    script: str


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One job of a workflow.

    Attributes:
        workflow: the path of the file.
        spot: of its name.
        offsets: from where to where it stands in the file.
        steps: what it does.
        runs: one for each combination of its matrix.
        has_limit: it, or a step of it, has a limit of time.
        leniency: where it is said that its failure may be none.
        tests: it seems to run tests.
    """

    workflow: str
    name: str
    spot: Spot
    offsets: tuple[int, int]
    steps: tuple[Step, ...]
    runs: tuple[Run, ...]
    has_limit: bool
    leniency: Spot | None
    tests: bool

    @property
    def free_threaded(self) -> tuple[Run, ...]:
        """The combinations with a free-threaded Python."""
        return tuple(run for run in self.runs if run.is_free_threaded)


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file of workflows."""

    path: str
    jobs: tuple[Job, ...]


class Said(StrEnum):
    """What is looked for in the texts."""

    GIL = "the GIL is forced on or off"
    THREADS = "tests run in so many threads"
    PROCESSES = "tests run in so many processes"
    IGNORES_GIL = "tests go on when the GIL comes on"
    HIDES_WARNING = "the warning that the GIL came on is ignored"
    CHECKS_GIL = "somebody looks whether the GIL is off"
    TSAN_OPTIONS = "options of the thread sanitizer"
    TSAN_BUILD = "something is compiled for the thread sanitizer"
    CONTAINER = "a job runs in an image"
    TSAN_PYTHON = "Python is built for the thread sanitizer, or comes built so"
    OLD_VERSION = "a free-threaded version that is not supported any more"
    NO_VERSION = "a free-threaded version that never was"
    LIMIT = "a limit of time"
    PUBLISHES = "files are uploaded to a package index"
    FREE_THREADED = "a free-threaded Python, by whatever name"
    WHEEL_TAG = "a free-threaded wheel, by its tag"
    PARALLEL_PLUGIN = "the plugin that runs tests in threads"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where one of these is said.

    Attributes:
        value: what: ``0``, ``4``, the version.
        context: the line on which it stands.
        job: in which; None outside of workflows, or for all of one.
    """

    said: Said
    spot: Spot
    value: str
    context: str
    job: Job | None


@dataclass(frozen=True, slots=True)
class WheelBuild:
    """One place that says which wheels cibuildwheel makes.

    Attributes:
        spot: where.
        is_run: a step of a workflow runs it here; False of a configuration that no workflow is seen to use.
        version: of cibuildwheel; empty where nobody says.
        named: the free-threaded wheels that are asked for by name.
        built: whether free-threaded ones are among what is built; None where that cannot be seen.
        test: the command that tests each wheel; empty where there is none.
        test_skipped: the free-threaded ones are not tested, and where that is said.
        obsolete: words that mean free-threaded 3.13, and where they stand.
    """

    spot: Spot
    is_run: bool
    version: tuple[int, ...]
    named: tuple[str, ...]
    built: bool | None
    test: str
    test_skipped: Spot | None
    obsolete: tuple[tuple[str, Spot], ...] = ()


@dataclass(frozen=True, slots=True)
class Suppression:
    """One line of a file that tells the thread sanitizer what not to report."""

    spot: Spot
    kind: str
    pattern: str


@dataclass(frozen=True, slots=True)
class CiFacts:
    """What is known of the tests and the shipping.

    Attributes:
        workflows: of GitHub, those that have to do with Python.
        mentions: in these, in other systems' files, in tox, nox and pytest configurations.
        tests: what the project's own tests do: ``threads``, ``parallel`` (with the plugin), ``GIL`` (look at it).
        wheels: what cibuildwheel is told.
        suppressions: for the thread sanitizer.
        unread: files that could not be read, and why.
    """

    workflows: tuple[Workflow, ...] = field(default=())
    mentions: tuple[Mention, ...] = field(default=())
    tests: frozenset[str] = field(default=frozenset())
    wheels: tuple[WheelBuild, ...] = field(default=())
    suppressions: tuple[Suppression, ...] = field(default=())
    unread: tuple[tuple[str, str], ...] = field(default=())

    def jobs(self) -> Iterator[Job]:
        """Every job of every workflow."""
        for workflow in self.workflows:
            yield from workflow.jobs

    def said(self, *what: Said) -> list[Mention]:
        """Where one of these is said."""
        return [mention for mention in self.mentions if mention.said in what]

    @property
    def tested(self) -> tuple[Job, ...]:
        """The jobs that run tests on a free-threaded Python."""
        return tuple(job for job in self.jobs() if job.tests and job.free_threaded)

    @property
    def uploads(self) -> list[Mention]:
        """Where files are uploaded to a package index, if free-threaded wheels that were asked for are among them."""
        asked_for = any(build.built and build.named for build in self.wheels)
        return self.said(Said.PUBLISHES) if asked_for else []

    @property
    def is_clear(self) -> bool:
        """It can be seen of every job which Python it sets up."""
        return not any(run.is_unclear for job in self.jobs() for run in job.runs)
