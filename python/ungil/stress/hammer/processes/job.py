"""What a tested process is asked to do, and the folder through which it and whoever started it talk.

Files, not pipes: an extension that closes file descriptors, forks or fills its standard output disturbs neither.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ungil.stress.hammer.processes.journal import Calls
from ungil.stress.hammer.runs.attempt import Kind

__all__ = ["Events", "Folder", "Job", "Target"]

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is hammered.

    Attributes:
        module: which is imported.
        model: a model file, for reports, and where there are no makers.
        makers: what makes the models in the process that runs them: functions as ``module:name``, and their arguments.
        path: where modules are looked for; as in this process, if it is empty.
        is_test: ``module`` is the name of a test instead, which the makers import.
    """

    module: str
    model: str | None = None
    makers: Sequence[tuple[str, Sequence[Any]]] = ()
    path: Sequence[str] = ()
    is_test: bool = False

    @property
    def alone(self) -> str:
        """The command by which somebody sees whether it works by itself."""
        if self.is_test:
            return f"{sys.executable} -m pytest '{self.module}'"
        return f"{sys.executable} -c 'import {self.module}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one process does: tries operations alone, or else explores all models, or makes certain attempts.

    Models and operations are numbers.

    Attributes:
        parent: the process that started it, with which it ends.
        threads: of the crew.
        breakpoints: whether threads are stopped by them; else they are single-stepped.
        seed: of the exploration.
        seconds: that the exploration takes.
        left_out: operations that are not called, as (model, operation); (model, -1) is a whole model.
        tried: models whose operations have all been called alone by an earlier process.
        first_uses: whether first uses are explored before anything else.
        steps: of each model that an earlier process has explored, how many steps to pass over.
        settled: scenarios of which there is nothing more to be learnt, as (model, calls).
        attempts: which are made instead of exploring, as JSON (``record``).
        kind: of what they are to show.
        tries: how often each of them is made.
    """

    target: Target
    parent: int = field(default_factory=os.getpid)
    threads: int = 2
    breakpoints: bool = True
    seed: int = 0
    seconds: float = 60.0
    left_out: Sequence[tuple[int, int]] = ()
    tried: Sequence[int] = ()
    first_uses: bool = True
    steps: Mapping[int, int] = field(default_factory=dict)
    settled: Sequence[tuple[int, Calls]] = ()
    attempts: Sequence[Json] = ()
    kind: Kind = Kind.OUTCOME
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one tested process."""

    path: Path

    @property
    def journal(self) -> Path:
        """What it is doing: ``journal``."""
        return self.path / "journal"

    @property
    def events(self) -> Path:
        """What it has to say: a line of JSON for each event."""
        return self.path / "events"

    @property
    def output(self) -> Path:
        """What the tested extension writes to standard output and standard error."""
        return self.path / "output"

    @property
    def stacks(self) -> Path:
        """Where its threads stood when it was asked, or crashed."""
        return self.path / "stacks"

    @property
    def maps(self) -> Path:
        """What was loaded, and where."""
        return self.path / "maps"

    def write_job(self, job: Job) -> None:
        """Leave the job there."""
        (self.path / "job").write_text(json.dumps(asdict(job)), encoding="utf-8")

    def read_job(self) -> Job:
        """Take the job."""
        plain = json.loads((self.path / "job").read_text(encoding="utf-8"))
        plain["target"]["makers"] = [(function, arguments) for function, arguments in plain["target"]["makers"]]
        plain["target"] = Target(**plain["target"])
        plain["left_out"] = [(model, operation) for model, operation in plain["left_out"]]
        plain["steps"] = {int(model): steps for model, steps in plain["steps"].items()}
        plain["settled"] = [(model, tuple(map(tuple, calls))) for model, calls in plain["settled"]]
        plain["kind"] = Kind(plain["kind"])
        return Job(**plain)

    def say(self, event: str, **what: object) -> None:
        """Append an event. The file is open for this moment only, and no longer at risk to be closed by somebody."""
        line = json.dumps({"event": event, **what}, ensure_ascii=False) + "\n"
        descriptor = os.open(self.events, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode("utf-8", "replace"))
        finally:
            os.close(descriptor)


class Events:
    """The events of a process, as they come."""

    def __init__(self, folder: Folder) -> None:
        """Begin with the first one."""
        self._path: Final = folder.events
        self._read = 0

    def new(self) -> list[Json]:
        """Those that are complete and have not been returned before."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.split(b"\n") if line]
