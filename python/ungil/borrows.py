"""How the rules on borrowed references say what they found: one shape for all containers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ungil.facts.native.borrowing import Borrow
from ungil.rule import Confidence, Finding, Rule, Severity

__all__ = ["report"]


def _strong(borrow: Borrow) -> str:
    return f"call {borrow.advice} and release the result"


def report(
    rule: Rule, borrows: Iterable[Borrow], happens: str, fix: Callable[[Borrow], str] = _strong
) -> Iterator[Finding]:
    """One finding for each container that a function borrows from.

    Args:
        rule: whose findings they are; a container that nothing was seen to change makes a note.
        borrows: what was found.
        happens: the message, with ``{owner}`` for the container.
        fix: what to do; by default, to take a strong reference instead.
    """
    for borrow in borrows:
        yield rule.finding(
            *borrow.place,
            happens.format(owner=borrow.owner),
            fix=fix(borrow),
            severity=Severity.NOTE if borrow.settled else None,
            confidence=Confidence.HIGH if borrow.surely_shared else Confidence.MEDIUM,
            evidence=borrow.evidence,
        )
