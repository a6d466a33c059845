"""The rules about wheels: each says of its examples what it promises, and nothing else."""

import re

import pytest
from tests.wheel.facts import wheel_of

from ungil.description import Example
from ungil.finding import Severity
from ungil.report.page import HEADINGS, section
from ungil.rules import catalogue
from ungil.wheel.check import findings
from ungil.wheel.rule import WheelRule
from ungil.wheel.rules import wheel_rules

RULES = wheel_rules()
BAD = [pytest.param(rule, one, id=f"{rule.slug}: {one.title}") for rule in RULES for one in rule.bad]
GOOD = [pytest.param(rule, one, id=f"{rule.slug}: {one.title}") for rule in RULES for one in rule.good]


def lines_found(rule: WheelRule, example: Example) -> list[int]:
    """The lines of an example that a rule has a finding about."""
    lines = example.code.splitlines()
    found = []
    for finding in rule.check(wheel_of(example.code)):
        _, _, path = finding.location.path.partition("/")
        start = f'"{path}" =' if path else "wheel ="
        found.append(next(number for number, line in enumerate(lines, 1) if line.startswith(start)))
    return sorted(found)


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_rule_finds_what_is_marked(rule: WheelRule, example: Example) -> None:
    """One finding for each marked line, no more serious than the rule, with a message and a fix."""
    assert lines_found(rule, example) == example.expected_lines
    levels = list(Severity)
    for finding in rule.check(wheel_of(example.code)):
        assert levels.index(finding.severity) >= levels.index(rule.severity)
        assert finding.message
        assert finding.fix
        assert not finding.message.endswith(".")
        assert not finding.fix.endswith(".")


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_a_rule_is_silent_on_what_is_right(rule: WheelRule, example: Example) -> None:
    """Nothing is found there by the rule that the example belongs to."""
    assert example.expected_lines == []
    assert lines_found(rule, example) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.slug)
def test_a_rule_is_documented(rule: WheelRule) -> None:
    """It has every heading, examples of both kinds, and a name that says what is wrong."""
    assert all(section(rule, heading) for heading in HEADINGS)
    assert rule.bad
    assert rule.good
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", rule.slug)
    assert re.fullmatch(r"UG8\d\d", rule.code)


def test_codes_and_names_are_given_once() -> None:
    """Among all rules, about sources and about wheels."""
    rules = (*RULES, *catalogue())
    for names in ([rule.code for rule in rules], [rule.slug for rule in rules]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("wheel", "suffix", "said"),
    [
        ("cp312-abi3-manylinux_2_28_x86_64", "cpython-312-x86_64-linux-gnu", "only those of 3.12 look for"),
        ("cp312-abi3-manylinux_2_28_x86_64", "cpython-314-x86_64-linux-gnu", "only those of 3.14 look for"),
        ("cp315-abi3t-manylinux_2_28_x86_64", "cpython-315t-x86_64-linux-gnu", "only those of 3.15t look for"),
        ("cp312-abi3-manylinux_2_28_x86_64", "cpython-311-x86_64-linux-gnu", "no interpreter"),
        ("cp312-abi3-manylinux_2_28_x86_64", "cpython-314t-x86_64-linux-gnu", "no interpreter"),
        ("cp312-abi3-musllinux_1_2_x86_64", "cpython-312-x86_64-linux-gnu", "no interpreter"),
        ("cp311-cp311-musllinux_1_2_x86_64", "cpython-311-x86_64-linux-gnu", "no interpreter"),
    ],
)
def test_who_looks_for_a_misnamed_module_is_told(wheel: str, suffix: str, said: str) -> None:
    """Of the versions that a stable-ABI tag is for, one may look for the file; of others, none does."""
    (rule,) = (rule for rule in RULES if rule.slug == "misnamed-module")
    (finding,) = rule.check(wheel_of(f'wheel = "spam-1.0-{wheel}.whl"\n"spam.{suffix}.so" = {{read = "declared"}}\n'))
    assert said in finding.message


def test_a_wheel_as_it_should_be_has_no_findings() -> None:
    """No rule speaks where everything is declared, named and told."""
    listing = """\
wheel = "spam-1.0-cp314-cp314t-musllinux_1_2_x86_64.whl"
classifiers = ["Programming Language :: Python :: Free Threading :: 2 - Beta"]
"spam/_core.cpython-314t-x86_64-linux-musl.so" = {read = "declared", imported = "declared", build = "free-threaded"}
"spam.libs/libstdcxx-1a.so.6" = {library = true}
"""
    assert findings(wheel_of(listing)) == []


def test_a_gil_enabled_wheel_may_say_what_it_likes_about_the_gil() -> None:
    """No free-threaded interpreter installs it."""
    listing = """\
wheel = "spam-1.0-cp312-abi3-win_amd64.whl"
"spam/_core.pyd" = {read = "unknown", build = "GIL-enabled", seen = "it needs python3.dll"}
"""
    assert findings(wheel_of(listing)) == []
