"""Every rule, from its own file: its examples are the tests."""

import re

import pytest

from ungil.audit import audit
from ungil.ci_files import is_test
from ungil.report import page
from ungil.rule import Example, Rule
from ungil.rules import catalogue
from ungil.source import Language, Project, Source, language_of


def findings_in(example: Example, rules: list[Rule]) -> list[tuple[int, str]]:
    """The lines and codes of what the rules find in an example."""
    texts = ((example.path, example.code.replace(example.marker, "")), *example.beside)
    files = [Source(path, text.encode(), language_of(path, text.encode())) for path, text in texts]
    tests = tuple(file for file in files if is_test(file.path))
    building = tuple(file for file in files if file.language is Language.BUILD and file not in tests)
    project = Project("x", None, tuple(f for f in files if f not in (*tests, *building)), (), building, tests)
    result = audit(project, rules)
    return [(finding.location.line, finding.code) for finding in result.findings]


EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code} {type(example).__name__.lower()}: {example.title}")
    for rule in catalogue()
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_rule_finds_exactly_the_marked_lines(rule: Rule, example: Example) -> None:
    """A bad example has a finding on each marked line and on no other; a good one has none."""
    assert findings_in(example, [rule]) == [(line, rule.code) for line in example.expected_lines]


@pytest.mark.parametrize(
    "example",
    [pytest.param(example, id=f"{rule.code}: {example.title}") for rule in catalogue() for example in rule.good],
)
def test_the_cure_for_one_hazard_is_not_another_hazard(example: Example) -> None:
    """On a good example no rule of the catalogue has anything to say."""
    assert findings_in(example, list(catalogue())) == []


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_a_bad_example_is_marked_and_a_good_one_is_not(rule: Rule) -> None:
    """Every rule has both kinds of example, each with a title of its own; the marker stands in bad ones only."""
    assert rule.bad
    assert rule.good
    assert all(example.expected_lines for example in rule.bad)
    assert not any(example.marker in example.code for example in rule.good)
    assert len({example.title for example in rule.examples}) == len(rule.examples)


def test_codes_and_slugs_are_unique() -> None:
    """No two rules share a code or a slug, and a slug is the name of its file."""
    rules = catalogue()
    assert len({rule.code for rule in rules}) == len(rules)
    assert len({rule.slug for rule in rules}) == len(rules)
    modules = {rule.check.__module__.rpartition(".")[2] for rule in rules}
    assert modules == {rule.slug.replace("-", "_") for rule in rules}


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_every_rule_documents_itself_under_the_fixed_headings(rule: Rule) -> None:
    """The docstring has each heading with text under it, and the page shows unsafe and safe code."""
    for heading in page.HEADINGS:
        assert page.section(rule, heading).strip(), heading
    rendered = page.render(rule)
    assert rendered.startswith(f"# {rule.slug} ({rule.code})\n")
    assert re.search("## Unsafe\n\n```(c|cpp|cython|toml|cmake|python|meson|yaml|ini|text)\n", rendered)
    assert re.search("## Safe\n\n```(c|cpp|cython|toml|cmake|python|meson|yaml|ini|text)\n", rendered)
    assert re.search("(//|#) found here", rendered)
    assert "<--" not in rendered
