"""What tested processes have said so far, and what the next one is to do because of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ungil.errors import UngilError
from ungil.stress.hammer.processes.catalogue import Catalogue, described, without_source
from ungil.stress.hammer.processes.job import Job
from ungil.stress.hammer.processes.journal import NOTHING, Calls
from ungil.stress.hammer.processes.record import observation_from
from ungil.stress.hammer.processes.result import LeftOut, Result
from ungil.stress.hammer.runs.trials import Effort

__all__ = ["Known", "TargetError"]

type Json = dict[str, Any]


class TargetError(UngilError):
    """What is to be hammered cannot be: it is not imported, or has no models."""


class Known:
    """What is known of a target. Events go into it, and jobs come out."""

    def __init__(self, result: Result) -> None:
        """Write what is told to this result."""
        self.result = result
        self.catalogue = Catalogue([])
        self.failure: TargetError | None = None
        self.slowest = 0.0  # call made alone, in seconds
        self.trouble = ""  # what kept the last process from going on, that is nothing an extension does
        self.tries = 0  # that the last process has made again, and told of
        self.failed = 0  # of these
        self.changed = ""  # why it could not make its attempts
        self._models: list[Json] | None = None
        self._left_out: set[tuple[int, int]] = set()
        self._tried: set[int] = set()
        self._steps: dict[int, int] = {}
        self._settled: list[tuple[int, Calls]] = []
        self._now: dict[str, Effort] = {}
        self._hearing: dict[str, Callable[[Json], None]] = {
            "failed": self._hear_failed,
            "GIL": self._hear_gil,
            "models": self._hear_models,
            "ready": self._hear_ready,
            "left out": self._hear_left_out,
            "tried": self._hear_tried,
            "observation": self._hear_observation,
            "effort": self._hear_effort,
            "tried again": self._hear_tried_again,
            "changed": self._hear_changed,
            "trouble": self._hear_trouble,
            "first uses": self._hear_first_uses,
            "done": lambda _: None,
        }

    @property
    def untried(self) -> bool:
        """Whether there is an operation that has not been called alone."""
        return self._models is None or len(self._tried) < len(self._models)

    @property
    def executions(self) -> int:
        """How many concurrent runs there have been, those of the process that runs now included."""
        return self.result.executions + sum(effort.executions for effort in self._now.values())

    def next_job(self, job: Job) -> Job:
        """The job of the next process, which goes on where the last one ended."""
        self.tries, self.failed, self.changed, self.trouble = 0, 0, "", ""
        return replace(
            job,
            left_out=sorted(self._left_out),
            tried=sorted(self._tried),
            first_uses=not self._steps,
            steps=self._steps,
            settled=() if job.attempts else self._settled,
        )

    def hear(self, event: Json) -> None:
        """Take in an event."""
        self._hearing[event["event"]](event)

    def leave_out(self, model: int, operation: int, reason: str) -> None:
        """No longer call this operation, or, if it is -1, use this model."""
        self._left_out.add((model, operation))
        if operation == NOTHING:
            self._tried.add(model)
        one = self.catalogue.models[model]
        what = str(one.operations[operation]) if operation != NOTHING else ""
        self.result.left_out.append(LeftOut(one.name, what, reason))

    def settle(self, model: int, calls: Calls) -> None:
        """Leave this scenario alone, and each that contains it."""
        self._settled.append((model, calls))

    def is_at(self, model: int, step: int) -> None:
        """The exploration of this model has come so far."""
        self._steps[model] = max(step, self._steps.get(model, 0))

    def note(self, said: str) -> None:
        """Something that whoever reads the result has to know, said once."""
        if said not in self.result.notes:
            self.result.notes.append(said)

    def _hear_failed(self, event: Json) -> None:
        alone = self.result.target.alone
        self.failure = TargetError(event["what"], event["advice"] or f"See whether it works alone: {alone}")

    def _hear_gil(self, event: Json) -> None:
        self.result.gil = event["when"]

    def _hear_left_out(self, event: Json) -> None:
        self.leave_out(event["model"], event["operation"], event["reason"])

    def _hear_tried(self, event: Json) -> None:
        self._tried.add(event["model"])
        self.slowest = max(self.slowest, event["slowest"])

    def _hear_tried_again(self, event: Json) -> None:
        self.failed += event["failed"]
        self.tries += event["of"]

    def _hear_changed(self, event: Json) -> None:
        self.changed = event["what"]

    def _hear_trouble(self, event: Json) -> None:
        self.trouble = event["what"]

    def _hear_first_uses(self, event: Json) -> None:
        self.result.first_uses += event["runs"]

    def _hear_models(self, event: Json) -> None:
        """Every process has the same models, or numbers mean nothing."""
        if self._models is not None:
            if list(map(without_source, self._models)) != list(map(without_source, event["models"])):
                what = "Two processes that were started alike have different models."
                self.failure = TargetError(what, "See to it that the models do not depend on hashes, time or chance.")
            return
        self._models = event["models"]
        self.catalogue = Catalogue([described(one) for one in event["models"]])
        self.result.models = self.catalogue.models
        self.result.files = event["files"]
        if not event["files"]:
            self.note("No extension module was loaded: threads run at the same moment, and nobody is stopped.")
        for name in event["signals"]:
            self.note(f"The module handles {name} itself: a crash may show as an exit code, and without a stack.")

    def _hear_ready(self, event: Json) -> None:
        if not event["stepping"]:
            self.result.stepping = "hardware breakpoints" if event["breakpoints"] else "single steps"
        if event["stepping"]:
            self.note(f"No thread is stopped: {event['stepping']}.")
        elif not event["breakpoints"]:
            self.note("There are no hardware breakpoints: threads are single-stepped, which takes longer.")

    def _hear_observation(self, event: Json) -> None:
        observation = observation_from(event["observation"], self.catalogue)
        self.result.observations.append(observation)
        scenario = observation.attempt.scenario
        self.settle(self.catalogue.number(scenario.model), self.catalogue.calls(scenario))

    def _hear_effort(self, event: Json) -> None:
        """A process tells what it has tried so far, and of pairs those that have changed."""
        model = self.catalogue.models[event["model"]].name
        self.is_at(event["model"], event["step"])
        effort = self._now.setdefault(model, Effort())
        effort.executions = event["executions"]
        effort.unreached.update(event["unreached"])
        effort.pairs.update({tuple(names): [runs, stopped] for *names, runs, stopped in event["pairs"]})

    def close_process(self) -> None:
        """The process that has been heard says no more: what it has tried is added to what others have."""
        for model, effort in self._now.items():
            total = self.result.effort.setdefault(model, Effort())
            total.executions += effort.executions
            total.unreached.update(effort.unreached)
            for names, (runs, stopped) in effort.pairs.items():
                known = total.pairs.setdefault(names, [0, 0])
                known[0] += runs
                known[1] += stopped
        self._now = {}
