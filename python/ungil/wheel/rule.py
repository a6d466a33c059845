"""The vocabulary of the rules about wheels: one file each under ``ungil.wheel.rules``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ungil.description import Bad, Description, Example, Good
from ungil.finding import Confidence, Finding, Location, Severity
from ungil.wheel.model import Wheel

__all__ = ["Bad", "Confidence", "Example", "Finding", "Good", "Severity", "WheelRule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelRule(Description):
    """One thing that can be wrong with a wheel.

    Its examples are listings in TOML: the wheel's name, then the files that matter with what is known of them. A marked
    line is a finding about what stands there, about the wheel as a whole on the first line.

    Attributes:
        check: yields the findings in a wheel.
    """

    check: Callable[[Wheel], Iterator[Finding]]

    def finding(  # noqa: PLR0913 - a finding has that many parts, and all are named
        self,
        wheel: Wheel,
        path: str,
        message: str,
        *,
        fix: str,
        severity: Severity | None = None,
        evidence: tuple[str, ...] = (),
    ) -> Finding:
        """A finding about a file in a wheel, or about the whole of it where ``path`` is empty."""
        place = f"{wheel.filename}/{path}" if path else wheel.filename
        return Finding(
            code=self.code,
            slug=self.slug,
            message=message,
            location=Location(place, 1, 1, 1, 1),
            severity=severity or self.severity,
            confidence=Confidence.HIGH,
            evidence=evidence,
            fix=fix,
        )
