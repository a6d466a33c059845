"""Which operations can be run at all: each is tried once, alone, in a process that may crash, hang, print or exit."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from ungil.commands import Done, run
from ungil.errors import TrialError
from ungil.stress.hammer.models.model import Model
from ungil.stress.trial_child import HANGS, JOURNAL, TASK, function_of

__all__ = ["How", "Maker", "Tried", "Verdict", "ask", "make", "try_models"]

SECONDS: Final = 5.0
"""For one operation."""

DEADLINE: Final = 120.0
"""For importing the module and making the models, and for one process."""

MOST_DEATHS: Final = 25


class How(StrEnum):
    """How an operation went, alone."""

    OK = "ok"
    RAISES = "raises"
    REFUSES = "refuses"  # TypeError or AttributeError: it is not called like that
    EXITS = "exits"
    CRASHES = "crashes"
    HANGS = "hangs"
    PRINTS = "prints"
    LOCKS = "locks"  # it turns the GIL on
    UNMADE = "unmade"  # no subject could be made
    UNTRIED = "untried"

    @property
    def runnable(self) -> bool:
        """Whether it can be run many times, beside others."""
        return self in {How.OK, How.RAISES, How.REFUSES}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an operation.

    Attributes:
        detail: the exception or signal; of one that went well, the class of its result as ``module:name``.
    """

    how: How
    detail: str = ""

    def __str__(self) -> str:
        """``crashes: SIGSEGV``."""
        return f"{_WORDS[self.how]}: {self.detail}" if self.detail else _WORDS[self.how]


_WORDS: Final = {
    How.OK: "returns",
    How.RAISES: "raises",
    How.REFUSES: "refuses its arguments",
    How.EXITS: "ends the process",
    How.CRASHES: "crashes, alone and in one thread",
    How.HANGS: "does not come back, alone and in one thread",
    How.PRINTS: "prints",
    How.LOCKS: "turns the GIL on",
    How.UNMADE: "no object could be made",
    How.UNTRIED: "was not tried, since too many before it ended their process",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a model.

    Attributes:
        name: of the model.
        calls: the names of its operations.
        owners: the class or module of each of them.
        verdicts: of each of them.
    """

    name: str
    calls: list[str]
    owners: list[str]
    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True)
class Maker:
    """A function of a module that makes the models anew in each process, the same ones for the same arguments.

    Attributes:
        function: ``module:name``.
        arguments: what JSON can hold.
    """

    function: str
    arguments: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Journal:
    models: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    verdicts: dict[tuple[int, int], Verdict] = field(default_factory=dict)
    last: tuple[str, int, int] = ("", 0, 0)
    done: bool = False
    answer: Any = None
    failed: str = ""

    def of_model(self, number: int, size: int) -> list[Verdict]:
        """The verdicts of a model: of one whose subject could not be made, that for all operations from then on."""
        found = [self.verdicts.get((number, place)) for place in range(size)]
        last = next((one for one in reversed(found) if one), Verdict(How.UNTRIED))
        rest = last if last.how is How.UNMADE else Verdict(How.UNTRIED)
        return [one or rest for one in found]

    def after(self, number: int, place: int) -> int:
        """The next operation of another name: one that ended the process once is likely to do it again."""
        calls = self.models[number][1]
        following = place + 1
        while following < len(calls) and calls[following] == calls[place]:
            self.verdicts[number, following] = self.verdicts[number, place]
            following += 1
        return following

    def read(self, path: Path) -> None:
        self.last = ("", 0, 0)
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            match json.loads(line):
                case ["make" | "begin" as what, int(number), int(place)]:
                    self.last = (what, number, place)
                case ["end", int(number), int(place), how, detail]:
                    self.verdicts[number, place] = Verdict(How(how), detail)
                    self.last = ("", number, place)
                case ["unmade", int(number), int(place), detail]:
                    self.verdicts[number, place] = Verdict(How.UNMADE, detail)
                    self.last = ("", number, place)
                case ["models", models]:
                    self.models = [(name, calls) for name, calls in models]
                case ["done"]:
                    self.done = True
                case ["answer", answer]:
                    self.answer, self.done = answer, True
                case ["failed", why]:
                    self.failed = why


def try_models(maker: Maker, *, seconds: float = SECONDS) -> list[Tried]:
    """Try each operation of each model; one that ends the process costs a process, and the next begins after it.

    Args:
        maker: of the models.
        seconds: for one operation.

    Returns:
        What came of each model, in their order.

    Raises:
        TrialError: the models could not be made.
    """
    journal, begin = _Journal(), (0, 0)
    for _ in range(MOST_DEATHS):
        ended = _run(maker, journal, begin=begin, seconds=seconds)
        if journal.done:
            break
        what, number, place = journal.last
        if not what:
            raise TrialError(f"The trial ended between two operations: {ended}.", "Please report this.")
        journal.verdicts[number, place] = ended if what == "begin" else Verdict(How.UNMADE, str(ended))
        begin = (number, journal.after(number, place)) if what == "begin" else (number + 1, 0)
    return [
        Tried(name, [call for _, call in calls], [owner for owner, _ in calls], journal.of_model(number, len(calls)))
        for number, (name, calls) in enumerate(journal.models)
    ]


def make(maker: Maker) -> list[Model]:
    """The models, in this process.

    Raises:
        Exception: whatever making them raises.
    """
    made: list[Model] = function_of(maker.function)(*maker.arguments)
    return made


def ask(maker: Maker) -> Any:  # noqa: ANN401 - whatever the function returns, as JSON
    """What a function returns in a process of its own.

    Raises:
        TrialError: it raises, or the process ends: the module cannot be imported there.
    """
    journal = _Journal()
    _run(maker, journal, asks=True)
    return journal.answer


def _run(
    maker: Maker, journal: _Journal, *, begin: tuple[int, int] = (0, 0), seconds: float = SECONDS, asks: bool = False
) -> Verdict:
    """One process; what it wrote is added to the journal. How it ended, if it ended before it was done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task = {
            "maker": maker.function,
            "arguments": maker.arguments,
            "path": [str(Path(entry).absolute()) for entry in sys.path],
            "begin": begin,
            "seconds": seconds,
            "deadline": DEADLINE,
            "ask": asks,
        }
        (folder / TASK).write_text(json.dumps(task), encoding="utf-8")
        command: list[str | Path] = [sys.executable, "-m", "ungil.stress.trial_child", folder]
        done = run(command, cwd=folder, deadline=2 * DEADLINE, environment=os.environ)
        journal.read(folder / JOURNAL)
        hung = (folder / HANGS).exists() and (folder / HANGS).stat().st_size > 0
    ended = _ended(done, hung=hung)
    if journal.failed or (not journal.done and not journal.last[0] and not journal.verdicts):
        why = journal.failed or f"it {ended}"
        raise TrialError(f"{maker.arguments[0]} cannot be used: {why}", _last(done.output))
    return ended


def _ended(done: Done, *, hung: bool) -> Verdict:
    if done.code is None or hung:
        return Verdict(How.HANGS)
    return Verdict(How.CRASHES, done.killed_by) if done.killed_by else Verdict(How.EXITS, done.ended)


def _last(printed: str) -> str:
    lines = [line for line in printed.splitlines() if line.strip()][-5:]
    return "\n  ".join(["Import it in Python, and see what it says.", *lines])
