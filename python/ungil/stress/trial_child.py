"""The process in which a trial runs: tries each operation once, alone, and writes down how it went, before and after.

Run as ``python -m ungil.stress.trial_child FOLDER``, with ``task.json`` in the folder. Its standard output is a file,
whose growth tells of an operation that prints.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from ungil.stress.gil import gil_enabled
from ungil.stress.hammer.models.model import Model, Operation

__all__ = ["HANGS", "JOURNAL", "TASK", "Journal", "function_of"]

TASK = "task.json"
JOURNAL = "journal"
HANGS = "hangs"


class Journal:
    """Lines that are in the file when the process dies."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, *what: object) -> None:
        """Append a line."""
        os.write(self._file, f"{json.dumps(what)}\n".encode())


class Trial:
    """Tries the operations of models, each on a fresh subject."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._journal = Journal(folder / JOURNAL)
        self._printed = os.dup(1)  # whatever an operation does to that one
        self._hangs: TextIO = (folder / HANGS).open("w")
        self._seconds = seconds
        self._process = os.getpid()

    def run(self, models: list[Model], begin: tuple[int, int]) -> None:
        """From an operation on, to the end."""
        named = [(one.name, [(one.owner(call), call.name) for call in one.operations]) for one in models]
        self._journal.write("models", named)
        for number, model in enumerate(models):
            for place, operation in enumerate(model.operations):
                if (number, place) >= begin and not self._try(model, operation, number, place):
                    break
        self._journal.write("done")

    def _try(self, model: Model, operation: Operation, number: int, place: int) -> bool:
        """Whether a subject could be made."""
        faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._hangs)
        self._journal.write("make", number, place)
        try:
            subject = model.make()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the next model is tried
            self._journal.write("unmade", number, place, _says(error))
            return False
        self._journal.write("begin", number, place)
        self._journal.write("end", number, place, *self._outcome(operation, subject))
        faulthandler.cancel_dump_traceback_later()
        return True

    def _outcome(self, operation: Operation, subject: object) -> tuple[str, str]:
        size, locked = self._size(), gil_enabled()
        try:
            function, args, kwargs = operation.bind(subject)
            result = function(*args, **kwargs)
            outcome = ("ok", _name(type(result)))
        except (SystemExit, KeyboardInterrupt) as error:
            outcome = ("exits", _says(error))
        except (TypeError, AttributeError) as error:
            outcome = ("refuses", _says(error))
        except BaseException as error:  # noqa: BLE001 - an operation may raise what it likes
            outcome = ("raises", _says(error))
        if os.getpid() != self._process:
            os._exit(0)  # the fork's copy of this process is not the one whose journal it is
        if self._size() != size:
            return "prints", ""
        return ("locks", "") if gil_enabled() and not locked else outcome

    def _size(self) -> int:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return os.fstat(self._printed).st_size


def _says(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:300]
    except Exception:  # noqa: BLE001 - its text is computed by whoever wrote it
        return type(error).__name__


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def function_of(name: str) -> Callable[..., Any]:
    """The function ``module:name``."""
    module, _, path = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), path)
    return function


def main(folder: Path) -> None:
    """Do the task: try the models that a function returns, or write down what it returns."""
    task = json.loads((folder / TASK).read_text(encoding="utf-8"))
    sys.path[:] = task["path"]
    warnings.simplefilter("ignore")  # one that is shown would count as printed
    faulthandler.dump_traceback_later(task["deadline"], exit=True)
    try:
        made = function_of(task["maker"])(*task["arguments"])
    except BaseException as error:  # noqa: BLE001 - an import may raise anything
        Journal(folder / JOURNAL).write("failed", _says(error))
        return
    faulthandler.cancel_dump_traceback_later()
    if task["ask"]:
        Journal(folder / JOURNAL).write("answer", made)
    else:
        Trial(folder, task["seconds"]).run(made, tuple(task["begin"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)  # threads and exit handlers of what was tried must not keep it
