"""What is done in a tested process, once the extension is imported: it is tried alone, first, together, and again."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from ungil.stress.gil import gil_enabled
from ungil.stress.hammer.models.model import Model
from ungil.stress.hammer.processes.alone import Alone
from ungil.stress.hammer.processes.catalogue import Catalogue, ChangedModelError
from ungil.stress.hammer.processes.job import Folder, Job
from ungil.stress.hammer.processes.journal import Journal, ModelJournal, Phase
from ungil.stress.hammer.processes.record import attempt_from, observation_json
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation
from ungil.stress.hammer.runs.cold import ColdStart
from ungil.stress.hammer.runs.crew import Crew, crew_of, stepping_is_absent
from ungil.stress.hammer.runs.explore import Explorer
from ungil.stress.hammer.runs.text import LoadedText, loaded_text

__all__ = ["Tested"]

SLICE: Final = 0.25
"""Seconds that one model is explored before the next one gets its turn."""

FIRST_USES: Final = 0.2
"""Of the time: each run of them takes a process."""


class Tested:
    """What the process does, once what is tested is imported."""

    def __init__(self, folder: Folder, job: Job, journal: Journal, catalogue: Catalogue, files: list[str]) -> None:
        """Do this job."""
        self._folder = folder
        self._job = job
        self._journal = journal
        self._catalogue = catalogue
        self._files = files
        self._left_out = set(job.left_out)
        self._said: dict[int, dict[tuple[str, ...], int]] = {}

    def run(self) -> None:
        """Make what was asked for: certain attempts, or as many as there is time for."""
        deadline = time.monotonic() + self._job.seconds
        if self._job.attempts:
            self._try_again()
        elif self._untried():
            self._with_crew(lambda crew, _: self._try_alone(crew))
        else:
            if self._job.first_uses and not stepping_is_absent():
                self._use_first(time.monotonic() + self._job.seconds * FIRST_USES)
            self._with_crew(lambda crew, text: self._explore(crew, text, deadline))

    def _with_crew(self, work: Callable[[Crew, LoadedText], None]) -> None:
        with crew_of(self._job.threads, breakpoints=self._job.breakpoints, board=self._journal.board) as crew:
            self._leave_maps()
            self._folder.say("ready", stepping=stepping_is_absent(), breakpoints=crew.has_breakpoints)
            work(crew, loaded_text(self._files))

    def _leave_maps(self) -> None:
        """For whoever finds this process dead: where the code lay whose addresses stand in the journal."""
        with suppress(OSError):
            shutil.copyfile("/proc/self/maps", self._folder.maps)

    def _use_first(self, deadline: float) -> None:
        """Explore first uses, as long as there have been none."""
        self._leave_maps()
        every = range(len(self._catalogue.models))
        for number in every:
            left = (deadline - time.monotonic()) / (len(every) - number)
            cold = self._cold_start(number)
            for observation in cold.observations(time.monotonic() + left):
                self._say(observation)
            self._folder.say("first uses", runs=cold.executions)
        os.truncate(self._folder.stacks, 0)  # those of copies of this process

    def _cold_start(self, number: int) -> ColdStart:
        rng = random.Random(self._job.seed)  # noqa: S311 - no secret
        return ColdStart(
            self._kept(number),
            loaded_text(self._files),
            self._model_journal(number),
            rng,
            breakpoints=self._job.breakpoints,
        )

    def _untried(self) -> list[int]:
        every = range(len(self._catalogue.models))
        return [number for number in every if number not in self._job.tried and (number, -1) not in self._left_out]

    def _try_alone(self, crew: Crew) -> None:
        """Call each operation that no earlier process has called, and leave out what cannot be run."""
        alone = Alone(crew, self._journal)
        for number in self._untried():
            model = self._catalogue.models[number]
            for operation in range(-1, len(model.operations)):
                if (number, operation) in self._left_out:
                    continue
                if reason := alone.why_not(number, model, operation):
                    self._left_out.add((number, operation))
                    self._folder.say("left out", model=number, operation=operation, reason=reason)
                if gil_enabled():
                    return  # another process goes on
                if reason and operation < 0:
                    break
            self._folder.say("tried", model=number, slowest=alone.slowest)

    def _explore(self, crew: Crew, text: LoadedText, deadline: float) -> None:
        """Explore the models by turns; of each, the first step at least."""
        explorers = {
            number: self._explorer(number, crew, text)
            for number in range(len(self._catalogue.models))
            if self._operations_left(number)
        }
        while explorers and not gil_enabled():
            for number, explorer in list(explorers.items()):
                if not self._explore_one(number, explorer, deadline):
                    del explorers[number]
            if time.monotonic() > deadline:
                return
        if gil_enabled():
            self._folder.say("GIL", when="while its operations ran")

    def _explore_one(self, number: int, explorer: Explorer, deadline: float) -> bool:
        """Explore one for some time; whether there is anything left to explore."""
        for observation in explorer.observations(min(deadline, time.monotonic() + SLICE)):
            self._say(observation)
        self._journal.phase(Phase.BETWEEN, number, step=explorer.step)
        self._say_effort(number, explorer)
        return not explorer.over

    def _operations_left(self, number: int) -> list[int]:
        if (number, -1) in self._left_out:
            return []
        every = range(len(self._catalogue.models[number].operations))
        return [operation for operation in every if (number, operation) not in self._left_out]

    def _kept(self, number: int) -> Model:
        model = self._catalogue.models[number]
        return replace(model, operations=tuple(model.operations[one] for one in self._operations_left(number)))

    def _explorer(self, number: int, crew: Crew, text: LoadedText) -> Explorer:
        journal = self._model_journal(number)
        explorer = Explorer(self._kept(number), crew, text, journal, self._job.seed)
        explorer.pass_over(self._job.steps.get(number, 0))
        journal.follow(explorer, lambda: self._say_effort(number, explorer))
        for one, calls in self._job.settled:
            if one == number:
                explorer.trials.settle(self._catalogue.scenario(number, calls))
        return explorer

    def _model_journal(self, number: int) -> ModelJournal:
        return ModelJournal(self._journal, number, self._catalogue.operations(number))

    def _try_again(self) -> None:
        """Make each attempt that was asked for, as often as was asked for; first uses need a process for each."""
        try:
            attempts = [attempt_from(plain, self._catalogue) for plain in self._job.attempts]
        except ChangedModelError as error:
            self._folder.say("changed", what=error.happened)
            return
        for attempt in attempts:
            if attempt.method is Method.FIRST_USE:
                number = self._catalogue.number(attempt.scenario.model)
                self._say_again(self._cold_start(number).failures(attempt, self._job.tries))
            else:
                self._with_crew(partial(self._make, attempt))

    def _make(self, attempt: Attempt, crew: Crew, text: LoadedText) -> None:
        absent = [str(turn.stop) for turn in attempt.turns if turn.stop and text.address(turn.stop) is None]
        if absent:
            self._folder.say("changed", what=f"{absent[0]} is not loaded, where a thread was stopped.")
            return
        journal = self._model_journal(self._catalogue.number(attempt.scenario.model))
        explorer = Explorer(attempt.scenario.model, crew, text, journal, self._job.seed)
        tries = explorer.leaks if self._job.kind is Kind.GROWTH else explorer
        self._say_again(tries.again(attempt, self._job.tries))

    def _say_again(self, failed: int) -> None:
        self._folder.say("tried again", failed=failed, of=self._job.tries)

    def _say(self, observation: Observation) -> None:
        self._folder.say("observation", observation=observation_json(observation, self._catalogue))

    def _say_effort(self, number: int, explorer: Explorer) -> None:
        effort, said = explorer.effort, self._said.setdefault(number, {})
        pairs = [[*names, *runs] for names, runs in effort.pairs.items() if said.get(names) != sum(runs)]
        said.update({names: sum(runs) for names, runs in effort.pairs.items()})
        self._folder.say(
            "effort",
            model=number,
            executions=effort.executions,
            step=explorer.step,
            pairs=pairs,
            unreached=effort.unreached,
        )
