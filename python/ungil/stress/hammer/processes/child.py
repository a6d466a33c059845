"""The process in which an extension is tested: ``python -m ungil.stress.hammer.processes.child FOLDER``.

It may crash, hang or end at any moment, and says at once what it finds. ``watch`` starts it and sees how it ends.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from ungil import _hammer
from ungil.errors import SourceError, UngilError
from ungil.stress.gil import gil_enabled
from ungil.stress.hammer.models.file import read_models
from ungil.stress.hammer.models.model import Model
from ungil.stress.hammer.processes.catalogue import Catalogue, description
from ungil.stress.hammer.processes.extension import extension_files, signals_taken
from ungil.stress.hammer.processes.job import Folder, Job, Target
from ungil.stress.hammer.processes.journal import Journal, Phase
from ungil.stress.hammer.processes.stacks import leave_last_words
from ungil.stress.hammer.processes.tested import Tested
from ungil.stress.trial_child import function_of

__all__ = ["main"]

GRACE: Final = 120
"""Seconds over its time after which the process ends itself: long after whoever watches over it would have ended it."""


def models_for(target: Target) -> list[Model]:
    """The models of a target, whose module is imported: of its makers, or of its model file if it has none.

    Raises:
        SourceError: there are none.
        BaseException: what making them raises.
    """
    found = [model for function, arguments in target.makers for model in function_of(function)(*arguments)]
    if target.model is not None and not target.makers:
        found = read_models(Path(target.model))
    if not found:
        raise SourceError(
            f"There is nothing in '{target.module}' of which it is known how to hammer it.",
            "Write a model file, and name it (--model FILE), or name tests that use it (--harvest TESTS).",
        )
    return found


def prepare(folder: Folder, job: Job, journal: Journal) -> Tested | None:
    """Import what is tested, and get its models; None if that cannot be, which has been said then."""
    journal.phase(Phase.IMPORT)
    sys.path[:] = job.target.path
    before = set(sys.modules)
    signals = signals_taken()
    try:
        if not job.target.is_test:
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
    owner = catalogue.models[0].owners[0] if job.target.is_test else job.target.module
    files = extension_files(owner.partition(":")[0], before)
    folder.say(
        "models",
        models=[description(model) for model in catalogue.models],
        files=files,
        signals=[name for name, handler in signals_taken().items() if handler != signals[name]],
    )
    return Tested(folder, job, journal, catalogue, files)


def refuse(folder: Folder, what: str, error: BaseException) -> None:
    """Say that the job cannot be done, and where that came from."""
    if isinstance(error, UngilError):
        folder.say("failed", what=error.happened, advice=error.advice)
        return
    folder.say("failed", what=f"{what}: {told(error)}", advice="")


def told(error: BaseException) -> str:
    """What it says, and from where outside of the hammer it comes."""
    said = "".join(traceback.format_exception_only(error)).strip()
    hammer = str(Path(__file__).parents[1])
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith((hammer, "<"))]
    return f"{said} ({frames[-1].filename}:{frames[-1].lineno})" if frames else said


def leave_no_core() -> None:
    """A crash is what is looked for: no file is to be left by it. With 1, no program is given it either (core(5))."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))


def main(path: str) -> NoReturn:
    """Do the job that lies in the folder, and end without what an interpreter does at its end."""
    leave_no_core()
    folder = Folder(Path(path))
    job = folder.read_job()
    _hammer.end_with_parent()
    if hasattr(os, "getppid") and os.getppid() != job.parent:
        os._exit(1)  # it had ended before
    if hasattr(signal, "alarm"):
        signal.alarm(int(job.seconds) + GRACE)
    journal = Journal(folder.journal)
    file = leave_last_words(folder.stacks)
    tested = prepare(folder, job, journal)
    try:
        if tested is not None:
            tested.run()
    except BaseException as error:  # noqa: BLE001 - not the extension's doing, or only by what it raised: no crash
        folder.say("trouble", what=told(error))
        os._exit(1)
    journal.phase(Phase.DONE)
    folder.say("done")
    file.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
