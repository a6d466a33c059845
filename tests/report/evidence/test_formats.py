"""The evidence as Markdown and as JSON."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import jsonschema
import pytest
from tests.report.evidence.samples import SAMPLES
from tests.report.evidence.typical import typical

from ungil.finding import Finding, Location
from ungil.port import evidence as model
from ungil.report.evidence import html, markdown, text
from ungil.report.evidence import json as json_report
from ungil.report.terminal import Style

each = pytest.mark.parametrize("name", SAMPLES)


def schema() -> dict[str, Any]:
    """The schema that is published with the package."""
    file = importlib.resources.files("ungil.report.evidence") / "evidence.schema.json"
    parsed: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return parsed


@each
def test_json_is_valid_against_its_schema(name: str) -> None:
    """Whatever was found, and however little was reached; and it can be written as UTF-8."""
    jsonschema.Draft202012Validator.check_schema(schema())
    text = json_report.render(SAMPLES[name]())
    text.encode()
    jsonschema.Draft202012Validator(schema()).validate(json.loads(text))


@pytest.mark.parametrize("key", ["project", "steps", "findings", "scaled"])
def test_the_schema_refuses_what_lacks_a_part(key: str) -> None:
    """The validation above can fail, also where there is one part too many."""
    report = json.loads(json_report.render(typical()))
    whole = report["evidence"]
    for broken in ({name: value for name, value in whole.items() if name != key}, whole | {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema()).validate(report | {"evidence": broken})


def test_the_schema_has_each_part_of_the_evidence() -> None:
    """A field that is added to the evidence is added to evidence.schema.json."""
    parts = [getattr(model, name) for name in model.__all__]
    kept = {tuple(one["properties"]) for one in schema()["$defs"].values()}
    named = {tuple(field.name for field in fields(part)) for part in (*parts, Finding, Location) if is_dataclass(part)}
    assert named == kept


@each
def test_markdown_fits_in_a_comment(name: str) -> None:
    """A comment on GitHub holds 65,536 characters; each fold that opens is closed."""
    text = markdown.render(SAMPLES[name]())
    assert len(text.encode("utf-16-le")) // 2 < 65_536
    assert text.count("<details>") == text.count("</details>")


def test_markdown_says_what_it_leaves_out() -> None:
    """Findings beyond the first, notes, and what did not fit."""
    assert "And 240 more and 240 notes." in markdown.render(SAMPLES["extreme"]())


def test_hostile_text_means_nothing_in_markdown() -> None:
    """No HTML of theirs, no mention, no row of a table that breaks."""
    text = markdown.render(SAMPLES["extreme"]())
    outside = re.sub(r"(?ms)^(```+)text$.*?^\1$|(`+).*?\2", "", text)
    assert re.findall(r"(?<!\\)<(?:script|img|/script|/style|!--)|@somebody", outside) == []
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows
    assert all(row.endswith(" |") for row in rows)


@pytest.mark.parametrize(
    "render",
    [markdown.render, html.render, lambda one: text.render(one, Style(colour=False))],
    ids=("md", "html", "text"),
)
def test_evidence_of_the_patched_code_is_said_to_be(render: Callable[[model.Evidence], str]) -> None:
    """At the head: who reads the verdict alone would take it for the code as it stands."""
    evidence = typical()
    assert evidence.repaired is not None
    said = "All from the build on is about the code with the patch"
    rendered = {
        applied: render(replace(evidence, repaired=replace(evidence.repaired, applied=applied)))
        for applied in (True, False)
    }
    assert said in rendered[True]
    assert said not in rendered[False]


def test_markdown_has_what_weakens_its_numbers() -> None:
    """That others used the machine while it was timed, say; and the whole of a long verdict."""
    evidence = typical()
    assert evidence.scaled is not None
    busy = replace(evidence.scaled, notes=("Others used 60 % of the machine.",))
    module = replace(evidence.modules[0], verdict=f"It declares nothing{' and more' * 50}: the end")
    rendered = markdown.render(replace(evidence, scaled=busy, modules=(module,)))
    assert "- Others used 60 % of the machine." in rendered
    assert "and more: the end" in rendered


def test_markdown_tells_how_threads_met() -> None:
    """A scenario in sentences, folded, with what came out and what was allowed."""
    text = markdown.render(typical())
    assert "1. A: move('pen', 1) runs to src/shelfcount.c:64, and is stopped" in text
    assert "in the order A B: A: None | B: None | then (5, 5)" in text
