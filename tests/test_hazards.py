"""The list of hazards and the catalogue of rules speak of each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ungil.cli.rules import every_rule
from ungil.rules import catalogue

FILE = Path(__file__).parents[1] / "docs" / "hazards.toml"
HAZARDS: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
RULES = {rule.code for rule in catalogue()}
KNOWN = {rule.code for rule in every_rule()}
SECTIONS = {"A": 58, "B": 8, "C": 8, "D": 5, "E": 11, "F": 9, "G": 4, "H": 5, "I": 3, "J": 18, "K": 29}
EXPECTED = [f"{section}{number:02}" for section, last in SECTIONS.items() for number in range(1, last + 1)]


def rules_of(hazard: dict[str, Any]) -> list[str]:
    """The codes of the rules that see a hazard."""
    return list(hazard.get("rules", ()))


def test_no_hazard_is_left_out() -> None:
    """Every hazard has its row, in order."""
    assert list(HAZARDS) == EXPECTED


@pytest.mark.parametrize("name", HAZARDS)
def test_a_hazard_has_a_rule_or_a_reason(name: str) -> None:
    """A hazard says what it is, in one sentence, and names what sees it, or why nothing can."""
    hazard = HAZARDS[name]
    assert set(hazard) <= {"what", "rules", "limit"}
    assert hazard["what"].endswith(".")
    assert rules_of(hazard) or hazard["limit"]
    assert hazard.get("limit", ".").endswith(".")


@pytest.mark.parametrize("name", HAZARDS)
def test_the_rules_of_a_hazard_exist(name: str) -> None:
    """Every code in a row is that of a rule, and stands there once, in order."""
    codes = rules_of(HAZARDS[name])
    assert codes == sorted(set(codes))
    assert set(codes) <= KNOWN


@pytest.mark.parametrize("name", HAZARDS)
def test_a_reason_names_rules_that_exist(name: str) -> None:
    """A rule that a limit speaks of is in the catalogue."""
    assert set(re.findall(r"\bUG\d{3}\b", HAZARDS[name].get("limit", ""))) <= KNOWN


def test_every_rule_has_a_hazard() -> None:
    """A rule about sources stands in at least one row."""
    missing = sorted(RULES - {code for hazard in HAZARDS.values() for code in rules_of(hazard)})
    assert not missing, f"name {missing} at its hazard in docs/hazards.toml, and run 'make docs'"
