"""Use one shelf from several threads with the GIL off, and ask it for an item that it does not have."""

from __future__ import annotations

import re
import sys

from telling import screen
from telling.commands import ROOT, RUN_DEADLINE, NotShownError, Ran, Story, execute, expect, run, show

LOSING_ROUNDS = 20
KEEPING_ROUNDS = 5
THREADS, MOVES = "4", "100000"
MOVES_QUESTION = f"{THREADS} threads x {MOVES} moves"
DISCARD_QUESTION = "discard() of an unknown item"


def load(story: Story, version: str) -> tuple[list[str], dict[str, str]]:
    """The command of a round: a fresh process with the GIL off, whatever the version declares."""
    script = str(ROOT / "examples" / "count_moves.py")
    return [sys.executable, script, THREADS, MOVES], {"PYTHON_GIL": "0", "PYTHONPATH": story.site(version)}


def show_load(story: Story, version: str) -> None:
    """Print the command of all rounds."""
    command, extra = load(story, version)
    show(story, command, extra)
    screen.say("     (moves made, units of the item, units on the shelf)")


def one_round(story: Story, version: str) -> Ran:
    """Count moves once."""
    command, extra = load(story, version)
    return execute(story, command, extra, RUN_DEADLINE, story.work)


def missing_moves(ran: Ran) -> int | None:
    """How far a round's counts are from the moves it made, or None if it did not get as far as counting."""
    counts = re.search(r"^(\d+) (-?\d+) (-?\d+)$", ran.output, re.MULTILINE)
    if ran.code != 0 or counts is None:
        return None
    made, item, units = map(int, counts.groups())
    return max(abs(made - item), abs(made - units))


def lose_moves(story: Story) -> None:
    """Repeat the load on the version that relied on the GIL until it goes wrong, a bounded number of times.

    Raises:
        NotShownError: it never did.
    """
    show_load(story, "before")
    for number in range(1, LOSING_ROUNDS + 1):
        ran = one_round(story, "before")
        missing = missing_moves(ran)
        if missing != 0:
            screen.output(story.without_places(ran.output))
            expect(missing or ran.death, f"round {number} did not count ({ran.ending})")
            what = f"{missing:,} lost" if missing else ran.death
            story.answer("before", MOVES_QUESTION, f"{what} (round {number})")
            return
    raise NotShownError(f"no move was lost in {LOSING_ROUNDS} rounds; it takes two cores that are free")


def keep_moves(story: Story, version: str) -> None:
    """Put the same load on a version that should bear it, several times: each round must count every move."""
    show_load(story, version)
    for number in range(1, KEEPING_ROUNDS + 1):
        ran = one_round(story, version)
        screen.output(story.without_places(ran.output))
        expect(missing_moves(ran) == 0, f"round {number} did not count every move ({ran.ending})")
    story.answer(version, MOVES_QUESTION, f"none lost in {KEEPING_ROUNDS} rounds")


def discard_unknown(story: Story, version: str, warnings: str) -> Ran:
    """Leave discard() by its error path, in a process where the version decides about the GIL."""
    command = [sys.executable, "-W", warnings, "examples/discard_unknown.py"]
    return run(story, *command, PYTHONPATH=story.site(version))


def die_of_discard(story: Story) -> None:
    """Return from inside a critical section: the interpreter is left with a lock record that is no longer there."""
    ran = discard_unknown(story, "before", "ignore")
    expect(ran.death, f"the process lived on ({ran.ending}); what follows such a return is undefined")
    story.answer("before", DISCARD_QUESTION, ran.death)


def survive_discard(story: Story, version: str) -> None:
    """Return after the critical section has ended: the caller gets the exception."""
    ran = discard_unknown(story, version, "error")
    expect(ran.code == 0, f"discard() did not answer with KeyError ({ran.ending})")
    story.answer(version, DISCARD_QUESTION, "KeyError")
