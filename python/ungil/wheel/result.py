"""What is reported of the wheels that were looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ungil.errors import UngilError
from ungil.finding import Finding, Severity
from ungil.wheel.check import findings
from ungil.wheel.model import Verdict, Wheel
from ungil.wheel.rule import WheelRule

__all__ = ["Checked", "judged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Wheels, and what is said of them.

    Attributes:
        wheels: those that could be looked at, in the order that they were named in.
        refused: the names of those that could not, and why.
        rules: what was looked for.
        reported: of each wheel, its findings that are reported, by place.
        level: the least serious level that is reported.
        hidden: how many findings are less serious than that.
    """

    wheels: tuple[Wheel, ...]
    refused: tuple[tuple[str, UngilError], ...]
    rules: tuple[WheelRule, ...]
    reported: tuple[tuple[Finding, ...], ...]
    level: Severity
    hidden: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that are reported."""
        return tuple(finding for found in self.reported for finding in found)

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many modules there are of each verdict."""
        return Counter(module.verdict for wheel in self.wheels for module in wheel.modules)

    def each(self) -> Iterator[tuple[Wheel, tuple[Finding, ...]]]:
        """Every wheel with its findings; two may have the same name."""
        return zip(self.wheels, self.reported, strict=True)


def judged(
    wheels: Sequence[Wheel], refused: Iterable[tuple[str, UngilError]], rules: Iterable[WheelRule], level: Severity
) -> Checked:
    """Says what of the wheels is reported: what these rules say, from this level on."""
    chosen = tuple(rules)
    codes = {rule.code for rule in chosen}
    levels = list(Severity)
    found = [[one for one in findings(wheel) if one.code in codes] for wheel in wheels]
    serious = [tuple(one for one in some if levels.index(one.severity) <= levels.index(level)) for some in found]
    return Checked(
        wheels=tuple(wheels),
        refused=tuple(refused),
        rules=chosen,
        reported=tuple(serious),
        level=level,
        hidden=sum(map(len, found)) - sum(map(len, serious)),
    )
