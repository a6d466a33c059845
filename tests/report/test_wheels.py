"""The reports of wheels: each against what its readers expect."""

import importlib.resources
import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from tests.report.test_formats import parsed, sarif_schema
from tests.wheel.facts import wheel_of

from ungil.errors import WheelError
from ungil.finding import Severity
from ungil.report.terminal import Style
from ungil.report.wheels import github, markdown, sarif, text
from ungil.report.wheels import json as json_report
from ungil.wheel.result import Checked, judged
from ungil.wheel.rules import wheel_rules

BAD = """\
wheel = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
classifiers = ["Programming Language :: Python :: Free Threading :: 1 - Unstable"]
"spam/_core.cpython-314t-x86_64-linux-gnu.so" = {read = "not declared", debug = 100000}
"spam/_slow.cpython-314t-x86_64-linux-gnu.so" = {read = "unknown", imported = "unknown", others = ["eggs"]}
"spam.libs/libx-1a.so" = {library = true}
"""
PURE = 'wheel = "spam-1.0-py3-none-any.whl"'
REFUSED = (("evil-1.0-py3-none-any.whl", WheelError("It is a | `bomb`.", "Do not install it.")),)


def checked(
    *listings: str, level: Severity = Severity.NOTE, refused: tuple[tuple[str, WheelError], ...] = ()
) -> Checked:
    """The result for these wheels."""
    return judged([wheel_of(one) for one in listings], refused, wheel_rules(), level)


RESULTS = [
    pytest.param(checked(BAD), id="findings"),
    pytest.param(checked(PURE), id="a pure wheel"),
    pytest.param(checked(refused=REFUSED), id="refused"),
    pytest.param(checked(BAD, PURE, level=Severity.ERROR, refused=REFUSED), id="hidden"),
]


def json_schema() -> dict[str, Any]:
    """The schema that is published with the package."""
    file = importlib.resources.files("ungil.report.wheels") / "wheels.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


@pytest.mark.parametrize("result", RESULTS)
def test_json_is_valid_against_its_schema(result: Checked) -> None:
    """Whatever was found, refused and not reported."""
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(json_report.render(result)))


@pytest.mark.parametrize("key", ["version", "wheels", "refused", "findings"])
def test_the_schema_refuses_what_lacks_a_part(key: str) -> None:
    """The validation above can fail, also where there is one part too many."""
    report = json.loads(json_report.render(checked(BAD)))
    for broken in ({name: value for name, value in report.items() if name != key}, report | {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(json_schema()).validate(broken)


@pytest.mark.parametrize("result", RESULTS)
def test_sarif_is_valid_against_the_published_schema(result: Checked) -> None:
    """A finding about a whole wheel, one about a file in it, and a wheel that was refused."""
    log = json.loads(sarif.render(result))
    jsonschema.Draft4Validator(sarif_schema()).validate(log)
    (run,) = log["runs"]
    assert run["invocations"][0]["executionSuccessful"] is not bool(result.refused)
    prints = [one["partialFingerprints"]["wheelFile/v1"] for one in run["results"]]
    assert len(prints) == len(set(prints)) == len(result.findings)


def test_a_finding_names_its_wheel_and_its_file() -> None:
    """In JSON apart; a finding about the whole wheel has no file."""
    found = {one["slug"]: one for one in json.loads(json_report.render(checked(BAD)))["findings"]}
    assert found["undeclared-module"]["file"] == "spam/_core.cpython-314t-x86_64-linux-gnu.so"
    assert found["debug-symbols"]["file"] is None
    assert {one["wheel"] for one in found.values()} == {"spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"}


def test_github_shows_each_finding_without_a_file() -> None:
    """A wheel is no file of the repository: its name stands in the message."""
    rows = github.render(checked(BAD)).splitlines()
    level, properties, message = parsed(next(row for row in rows if "UG801" in row))
    assert (level, set(properties)) == ("error", {"title"})
    assert message.startswith("spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl/spam/_core.cpython-314t")
    assert rows[-1].startswith("4 findings (1 error, 1 warning, 2 notes). 2 modules in 1 wheel: 1 not declared")


def test_markdown_has_a_row_for_each_module() -> None:
    """With its verdict and how it was reached, whatever characters there are."""
    report = markdown.render(checked(BAD))
    rows = [row for row in report.splitlines() if row.startswith("| `spam-1.0")]
    assert [re.split(r"(?<!\\)\|", row)[3].strip() for row in rows] == ["not declared", "unknown"]
    assert report.startswith("## ungil wheel check: 4 findings (1 error, 1 warning, 2 notes)\n")


def test_text_shows_every_reading_of_a_module() -> None:
    """What was read and what happened stand below the verdict; libraries are named."""
    report = text.render(checked(BAD), Style(colour=False))
    assert "    unknown       spam._slow (C)\n        read: the file\n        imported under 3.14t: it ran\n" in report
    assert "1 library beside them: libx-1a.so." in report


def test_two_wheels_of_one_name_are_told_apart() -> None:
    """Each has its own findings, once."""
    report = text.render(checked(BAD, BAD, level=Severity.ERROR), Style(colour=False))
    assert report.count("undeclared-module (UG801)") == 2


def test_a_wheel_without_modules_says_so() -> None:
    """It is clean, and nothing was looked at."""
    report = text.render(checked(PURE), Style(colour=False))
    assert "There is no extension module in it." in report
    assert report.endswith("No findings. 0 modules in 1 wheel.\n")


def test_what_is_not_reported_is_counted() -> None:
    """In each report for people."""
    result = checked(BAD, level=Severity.ERROR)
    for report in (text.render(result, Style(colour=False)), markdown.render(result), github.render(result)):
        assert "3 below level error" in report


def test_a_hostile_name_does_nothing_to_a_terminal() -> None:
    """Characters that are none to show are replaced."""
    wheel = wheel_of(BAD)
    module = replace(wheel.modules[0], name="spam.\x1b[31m\u202ered")
    result = judged([replace(wheel, modules=(module,))], (), wheel_rules(), Severity.NOTE)
    report = text.render(result, Style(colour=False))
    assert "\x1b" not in report
    assert "\u202e" not in report
