"""Races, looked for in the wheel: with the operations that the project's own tests do, and what these leave out."""

from __future__ import annotations

import random
from typing import Final

from ungil.errors import ToolError
from ungil.port.driving.hunting import Hunting
from ungil.port.driving.told import Told
from ungil.port.evidence import Reached, Stage, Step
from ungil.port.fragment import Fragment
from ungil.port.order import Work
from ungil.port.words import count

__all__ = ["run"]

_SEEDS: Final = 2**32


def run(work: Work) -> Fragment:
    """Install the wheel, run its tests to see what they do, and hammer each package.

    Raises:
        ToolError: ungil cannot be run in that environment, or nothing can be imported there or hammered.
        BuildError: what is needed cannot be installed.
    """
    seed = work.order.seed
    hunting = Hunting(work, random.SystemRandom().randrange(_SEEDS) if seed is None else seed)
    hunting.prepare()
    reports = list(hunting.reports())
    if not reports:
        raise ToolError(hunting.notes[-1], f"See it alone: {hunting.command()}")
    told = Told(reports, work.source, hunting.operations)
    hammered = told.hammered(hunting.notes)
    found = list(told.findings())
    driven = f"{hammered.driven:,} of {count(hammered.members, 'member')} driven"
    return Fragment(
        step=Step(
            stage=Stage.HAMMER,
            reached=Reached.DONE,
            why=f"{count(len(found), 'finding')} in {count(hammered.executions, 'concurrent run')}; {driven}",
            command=hunting.command(),
        ),
        cut=True,  # it ends when its time does, and finds more with more
        findings=tuple(found),
        suppressions=tuple(told.suppressions()),
        open=tuple(told.open()),
        gil_came_on=bool(told.gil_came_on),
        members=tuple(told.members()),
        hammered=hammered,
    )
