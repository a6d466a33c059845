"""What ``ungil hammer --format json`` says of each target, as evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path
from typing import Any, Final

from ungil.finding import Confidence, Finding, Location, Severity
from ungil.port.driving.lanes import scenario
from ungil.port.evidence import Driven, Hammered, Kept, Open, Pair, Shown, Stage
from ungil.port.fragment import Member
from ungil.port.showing import shown

__all__ = ["Told"]

SCENARIOS: Final = 3
"""Of one finding, the simplest ones."""

NAMED: Final = 12
"""Of what one reason holds for."""

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """The reports of all targets.

    Attributes:
        reports: each as JSON, read.
        root: the folder that paths in them are relative to.
        operations: how many distinct calls the project's tests gave.
    """

    reports: Sequence[Json]
    root: Path
    operations: int

    def findings(self) -> Iterator[Shown]:
        """What was found, each with its scenarios."""
        for report in self.reports:
            for one in report["findings"]:
                sighting = one["sighting"]
                scenarios = []
                if sighting:
                    first, *others = sighting["observations"][:SCENARIOS]
                    scenarios = [
                        scenario(first, sighting["confirmation"]),
                        *(scenario(other, None) for other in others),
                    ]
                finding = _finding(one)
                yield shown(finding, Stage.HAMMER, self.root, scenarios=scenarios)

    def suppressions(self) -> Iterator[Kept]:
        """What a comment allows."""
        for report in self.reports:
            yield from (Kept(_finding(one), one["reason"], Stage.HAMMER) for one in report["suppressed"])

    def open(self) -> Iterator[Open]:
        """What was never driven, by reason: what one reason holds for stands together."""
        reasons: dict[tuple[str, str], list[str]] = {}
        for report in self.reports:
            for gap in report["never"]:
                reasons.setdefault((report["module"], gap["why"]), []).append(gap["what"])
        for (_, why), what in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
            more = f" and {len(what) - NAMED:,} more" if len(what) > NAMED else ""
            yield Open(f"{', '.join(what[:NAMED])}{more}", why)

    def members(self) -> Iterator[Member]:
        """What there is, each once, whichever target has shown it."""
        known: dict[tuple[str, str], bool] = {}
        for report in self.reports:
            for one in report["members"]:
                key = one["owner"], one["member"]
                known[key] = known.get(key, False) or bool(one["sources"])
        yield from (Member(owner, name, driven) for (owner, name), driven in sorted(known.items()))

    @property
    def gil_came_on(self) -> str:
        """When the GIL did; empty if it did not."""
        return next((on for report in self.reports if (on := report["how"]["gil_came_on"])), "")

    def hammered(self, notes: Sequence[str]) -> Hammered:
        """The numbers."""
        hows = [report["how"] for report in self.reports]
        members = list(self.members())
        return Hammered(
            executions=sum(how["executions"] for how in hows),
            stepping=next((how["stepping"] for how in hows if how["stepping"]), ""),
            threads=max(how["threads"] for how in hows),
            seed=hows[0]["seed"],
            operations=self.operations,
            members=len(members),
            driven=sum(member.driven for member in members),
            models=tuple(model for report in self.reports for model in self._models(report)),
            gil=self._gil(hows),
            notes=tuple(dict.fromkeys([*notes, *(note for report in self.reports for note in report["notes"])])),
        )

    def _gil(self, hows: Sequence[Json]) -> str:
        if self.gil_came_on:
            return f"came on {self.gil_came_on}"
        return "kept off against the module's word" if any(how["gil_kept_off"] for how in hows) else "off"

    @staticmethod
    def _models(report: Json) -> Iterator[Driven]:
        met = {pair for one in report["findings"] for pair in _met(one)}
        for drive in report["driven"]:
            yield Driven(
                model=drive["name"],
                source=drive["source"].partition(" ")[0],
                operations=tuple(drive["operations"]),
                pairs=tuple(
                    Pair(
                        pair["first"],
                        pair["second"],
                        pair["runs"],
                        pair["stops"],
                        (drive["name"], pair["first"], pair["second"]) in met,
                    )
                    for pair in drive["pairs"]
                ),
                executions=drive["executions"],
            )


def _finding(plain: Json) -> Finding:
    return Finding(
        code=plain["code"],
        slug=plain["slug"],
        message=plain["message"],
        location=Location(**plain["location"]),
        severity=Severity(plain["severity"]),
        confidence=Confidence(plain["confidence"]),
        evidence=tuple(plain["evidence"]),
        fix=plain["fix"],
    )


def _met(finding: Json) -> Iterator[tuple[str, str, str]]:
    """The model and the two operations that threads made in each observation, in both orders."""
    for one in (finding["sighting"] or {}).get("observations", ()):
        threads = [[call.partition("(")[0] for call in calls] for calls in one["threads"]]
        for some, others in permutations(threads, 2):
            yield from ((one["model"], first, second) for first, second in product(some, others))
