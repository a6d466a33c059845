"""What one stage came to: its part of the evidence, which is kept, and found again by what it depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from ungil.port.evidence import (
    Audited,
    Built,
    Hammered,
    Kept,
    Open,
    Repaired,
    Scaled,
    Shown,
    Step,
    Stressed,
    Wheeled,
)

__all__ = ["Fragment", "Member", "ModuleSeen", "parts"]


@dataclass(frozen=True, slots=True)
class ModuleSeen:
    """An extension module, as a stage met it.

    Attributes:
        name: as it is imported, or only its last part, where a source tells no more.
        declared: in words; empty where the stage does not know.
        sources: the files of the project that are known to be its own.
        needs_no_gil: whether it says so; None where that is not known.
        imported: whether a fresh process could import it; None where that was not tried.
        gil_on: whether the GIL was on after that; None where that is not known.
        for_cython: the files by which other extensions use it without Python: ``cymem/cymem.pxd``.
    """

    name: str
    declared: str = ""
    sources: tuple[str, ...] = ()
    needs_no_gil: bool | None = None
    imported: bool | None = None
    gil_on: bool | None = None
    for_cython: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One function, method, attribute or protocol of a module, and whether it ran beside others."""

    owner: str
    name: str
    driven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """One stage's part of the evidence.

    Attributes:
        step: how it went.
        cut: whether its time was over before it was done; with more time it is done again.
        budget: seconds that the whole run was given; 0 for no limit.
        given: seconds that it was given of these.
        gil_came_on: whether the GIL did, while operations ran beside each other: nothing was tried after that.
        modules: the extension modules that it met.
        members: of these, what was driven.
        tools: name and version of what took part.
        decisions: by fingerprint of a finding of an earlier stage, the fixer that repairs it, and what somebody has to
            decide first; one of the two is empty.
        source: the name of the folder below ``sources`` that the rest is built from, if it is not the project as it is.

    The others are the parts of ``Evidence`` that have their names.
    """

    step: Step
    cut: bool = False
    budget: float = 0.0
    given: float = 0.0
    findings: tuple[Shown, ...] = ()
    suppressions: tuple[Kept, ...] = ()
    open: tuple[Open, ...] = ()
    gil_came_on: bool = False
    modules: tuple[ModuleSeen, ...] = ()
    members: tuple[Member, ...] = ()
    tools: dict[str, str] | None = None
    decisions: tuple[tuple[str, str, str], ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()
    audited: Audited | None = None
    repaired: Repaired | None = None
    built: Built | None = None
    stressed: Stressed | None = None
    hammered: Hammered | None = None
    scaled: Scaled | None = None
    wheeled: Wheeled | None = None

    def serves(self, budget: float, seconds: float) -> bool:
        """Whether it is what a run with this budget would come to: it was not cut short, or had as much time.

        What a stage may take grows with each other that is kept: of two budgets it is these that are compared.
        """
        if not self.cut or self.budget == budget:
            return True
        if not budget:
            return False
        return budget <= self.budget if self.budget else seconds <= self.given


_PARTS = ("audited", "repaired", "built", "stressed", "hammered", "scaled", "wheeled")


def parts(fragments: Iterable[Fragment]) -> dict[str, Any]:
    """The parts that only one stage has, by their names in ``Evidence``; what no stage came to is left out."""
    assert set(_PARTS) <= {one.name for one in fields(Fragment)}  # noqa: S101 - names, which nothing else holds together
    return {name: part for one in fragments for name in _PARTS if (part := getattr(one, name)) is not None}
