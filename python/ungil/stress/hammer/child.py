"""The process in which an extension is tested: ``python -m ungil.stress.hammer.child FOLDER``.

It may crash, hang or end at any moment, and says at once what it finds. ``watch`` starts it and sees how it ends.
"""

from __future__ import annotations

import importlib
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

from ungil.errors import UngilError
from ungil.stress.gil import gil_enabled
from ungil.stress.hammer.alone import Alone
from ungil.stress.hammer.attempt import Attempt, Method, Observation
from ungil.stress.hammer.catalogue import Catalogue, description
from ungil.stress.hammer.cold import ColdStart
from ungil.stress.hammer.crew import Crew, crew_of, stepping_is_absent
from ungil.stress.hammer.explore import Explorer
from ungil.stress.hammer.extension import extension_files, signals_taken
from ungil.stress.hammer.job import Folder, Job
from ungil.stress.hammer.journal import Journal, ModelJournal, Phase
from ungil.stress.hammer.model import Model
from ungil.stress.hammer.models import models_for
from ungil.stress.hammer.record import attempt_from, observation_json
from ungil.stress.hammer.stacks import leave_last_words
from ungil.stress.hammer.text import LoadedText, loaded_text

__all__ = ["main"]

SLICE: Final = 0.25
"""Seconds that one model is explored before the next one gets its turn."""

FIRST_USES: Final = 0.2
"""Of the time: each run of them takes a process."""

GRACE: Final = 60
"""Seconds after which the process ends itself, if nobody has ended it."""


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
            attempts = [attempt_from(plain, self._catalogue) for plain in self._job.attempts]
            if attempts[0].method is Method.FIRST_USE:
                self._use_first_again(attempts[0])
            else:
                self._with_crew(lambda crew, text: self._make_attempts(attempts, crew, text))
        elif self._untried():
            self._with_crew(lambda crew, _: self._try_alone(crew))
        else:
            if self._job.first_uses and not stepping_is_absent():
                self._use_first(time.monotonic() + self._job.seconds * FIRST_USES)
            self._with_crew(lambda crew, text: self._explore(crew, text, deadline))

    def _with_crew(self, work: Callable[[Crew, LoadedText], None]) -> None:
        with crew_of(self._job.threads, breakpoints=self._job.breakpoints, board=self._journal.board) as crew:
            with suppress(OSError):
                shutil.copyfile("/proc/self/maps", self._folder.maps)
            self._folder.say("ready", stepping=stepping_is_absent(), breakpoints=crew.has_breakpoints)
            work(crew, loaded_text(self._files))

    def _use_first(self, deadline: float) -> None:
        """Explore first uses, as long as there have been none."""
        every = range(len(self._catalogue.models))
        for number in every:
            left = (deadline - time.monotonic()) / (len(every) - number)
            for observation in self._cold_start(number).observations(time.monotonic() + left):
                self._say(observation)
        os.truncate(self._folder.stacks, 0)  # those of copies of this process

    def _cold_start(self, number: int) -> ColdStart:
        rng = random.Random(self._job.seed)  # noqa: S311 - no secret
        return ColdStart(self._kept(number), loaded_text(self._files), self._model_journal(number), rng)

    def _use_first_again(self, attempt: Attempt) -> None:
        number = self._catalogue.number(attempt.scenario.model)
        failed = self._cold_start(number).failures(attempt, self._job.tries)
        self._folder.say("tried again", attempt=0, failed=failed, absent=[])

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
                if reason and operation < 0:
                    break
            self._folder.say("tried", model=number)

    def _explore(self, crew: Crew, text: LoadedText, deadline: float) -> None:
        """Explore the models by turns."""
        explorers = {
            number: self._explorer(number, crew, text)
            for number in range(len(self._catalogue.models))
            if self._operations_left(number)
        }
        while explorers and time.monotonic() < deadline:
            for number, explorer in list(explorers.items()):
                before = explorer.effort.executions
                for observation in explorer.observations(min(deadline, time.monotonic() + SLICE)):
                    self._say(observation)
                self._journal.phase(Phase.BETWEEN, number, step=explorer.step)
                self._say_effort(number, explorer)
                if explorer.over or explorer.effort.executions == before:
                    del explorers[number]
                if gil_enabled():
                    self._folder.say("GIL", when=f"while {self._catalogue.models[number].name} was hammered")
                    return

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

    def _make_attempts(self, attempts: Sequence[Attempt], crew: Crew, text: LoadedText) -> None:
        """Make each attempt that was asked for, as often as was asked for."""
        for index, attempt in enumerate(attempts):
            stops = [turn.stop for turn in attempt.turns if turn.stop]
            absent = [str(stop) for stop in stops if text.address(stop) is None]
            journal = self._model_journal(self._catalogue.number(attempt.scenario.model))
            explorer = Explorer(attempt.scenario.model, crew, text, journal, self._job.seed)
            failed = 0 if absent else explorer.again(attempt, self._job.tries)
            self._folder.say("tried again", attempt=index, failed=failed, absent=absent)

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


def prepare(folder: Folder, job: Job, journal: Journal) -> Tested | None:
    """Import what is tested, and get its models; None if that cannot be, which has been said then."""
    journal.phase(Phase.IMPORT)
    before = set(sys.modules)
    signals = signals_taken()
    try:
        importlib.import_module(job.target.module)
    except BaseException as error:  # noqa: BLE001 - SystemExit and whatever else a module raises
        refuse(folder, f"'{job.target.module}' cannot be imported", error)
        return None
    if gil_enabled():
        folder.say("GIL", when=f"when '{job.target.module}' was imported")
        return None
    journal.phase(Phase.MODELS)
    try:
        catalogue = Catalogue(models_for(job.target))
    except BaseException as error:  # noqa: BLE001 - the same for a model file
        refuse(folder, f"There are no models of '{job.target.module}'", error)
        return None
    if gil_enabled():
        folder.say("GIL", when="when the models were made")
        return None
    files = extension_files(job.target.module, before)
    folder.say(
        "models",
        models=[description(model) for model in catalogue.models],
        files=files,
        signals=[name for name, handler in signals_taken().items() if handler != signals[name]],
    )
    return Tested(folder, job, journal, catalogue, files)


def refuse(folder: Folder, what: str, error: BaseException) -> None:
    """Say that the job cannot be done."""
    if isinstance(error, UngilError):
        folder.say("failed", what=error.happened, advice=error.advice, trace="")
        return
    said = "".join(traceback.format_exception_only(error)).strip()
    folder.say("failed", what=f"{what}: {said}", advice="", trace="".join(traceback.format_exception(error)))


def main(path: str) -> NoReturn:
    """Do the job that lies in the folder, and end without what an interpreter does at its end."""
    folder = Folder(Path(path))
    job = folder.read_job()
    if hasattr(signal, "alarm"):
        signal.alarm(int(job.seconds) + GRACE)
    journal = Journal(folder.journal)
    file = leave_last_words(folder.stacks)
    tested = prepare(folder, job, journal)
    if tested is not None:
        tested.run()
    journal.phase(Phase.DONE)
    folder.say("done")
    file.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
