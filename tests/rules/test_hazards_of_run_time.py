"""What is seen at run time, from its own files: documented like a rule, with a scenario for an example."""

from __future__ import annotations

import importlib
import re

import pytest

from ungil.audit import Policy, audit
from ungil.description import Description
from ungil.errors import UsageError
from ungil.finding import Severity
from ungil.hazards import hazards
from ungil.report import page
from ungil.rules import catalogue
from ungil.source import Language, Project, Source

HAMMERED = [hazard for hazard in hazards() if hazard.code < "UG910"]  # the others are seen in a project's own tests

CODE = """\
static long total;
static PyObject *add(PyObject *self, PyObject *unused) {
    %s
    total = total + 1;
    Py_RETURN_NONE;
}
"""


def audited(comment: str, policy: Policy | None = None) -> list[str]:
    """The codes of what the audit says of a function with this comment."""
    project = Project("demo", None, (Source("x.c", (CODE % comment).encode(), Language.C),))
    return [finding.code for finding in audit(project, policy=policy or Policy()).findings]


def test_codes_and_names_are_unique() -> None:
    """No hazard shares its code or name with another or with a rule, and its file has its name."""
    every = [*hazards(), *catalogue()]
    assert len({one.code for one in every}) == len({one.slug for one in every}) == len(every)
    for hazard in hazards():
        module = importlib.import_module(f"ungil.hazards.{hazard.slug.replace('-', '_')}")
        assert module.hazard is hazard
        assert re.fullmatch(r"UG9\d\d", hazard.code)


def test_the_most_serious_comes_first() -> None:
    """Of what the hammer sees, and of what tests show, a hazard with a smaller code is at least as serious."""
    tested = [hazard for hazard in hazards() if hazard not in HAMMERED]
    for family in (HAMMERED, tested):
        levels = [list(Severity).index(hazard.severity) for hazard in family]
        assert levels == sorted(levels)


@pytest.mark.parametrize("hazard", hazards(), ids=lambda hazard: hazard.code)
def test_every_hazard_documents_itself_under_the_fixed_headings(hazard: Description) -> None:
    """Each heading has text under it, and the page shows what a run shows."""
    for heading in page.HEADINGS:
        assert page.section(hazard, heading).strip(), heading
    rendered = page.render(hazard)
    assert rendered.startswith(f"# {hazard.slug} ({hazard.code})\n")
    assert "## Unsafe" not in rendered
    assert re.search("## Seen\n\n[A-Z].*:\n\n```text\nseen: ", rendered)


@pytest.mark.parametrize("hazard", hazards(), ids=lambda hazard: hazard.code)
def test_an_example_reads_like_a_report(hazard: Description) -> None:
    """Each row is a fact of its own."""
    (example,) = hazard.seen
    assert all(row.startswith("seen: ") for row in example.code.splitlines())


@pytest.mark.parametrize("hazard", HAMMERED, ids=lambda hazard: hazard.code)
def test_an_example_of_the_hammer_tells_the_scenario(hazard: Description) -> None:
    """Its calls, how the threads met, what came out."""
    (example,) = hazard.seen
    rows = example.code.splitlines()
    assert re.match(r"seen: A: \w+\(.*\) \| B: \w+\(.*\), on an? \w+ that A made$", rows[0])
    assert re.match(r"seen: A (stops before|and B set off)", rows[1])
    assert rows[2].startswith("seen: came out: ")


def test_a_comment_may_allow_what_only_a_run_sees() -> None:
    """The audit knows the name, looks for nothing of it, and does not call the comment unused."""
    plain = audited("")
    assert audited("// ungil: allow(corrupted-state, UG905) approximate on purpose") == plain
    assert audited("// ungil: allow(corupted-state) approximate on purpose") == ["UG091", *plain]


def test_what_only_a_run_sees_is_not_looked_for_in_sources() -> None:
    """It may be left out by name; to look for it alone is an error that says where it is seen."""
    assert audited("", Policy(ignore=("UG9", "lost-result"))) == audited("")
    with pytest.raises(UsageError, match="nothing of UG9 is looked for here"):
        audited("", Policy(select=("UG9",)))
