"""The rules about dependencies: their examples are their tests, and each is documented like a rule about sources."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from tests.deps.judging import MODULE_LINE, TARGET, module, released, spam

from ungil.deps import requirements
from ungil.deps.judge import judged
from ungil.deps.rule import DependencyRule
from ungil.deps.rules import dependency_rules
from ungil.description import Example
from ungil.report import page

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code} {type(example).__name__.lower()}: {example.title}")
    for rule in dependency_rules()
    for example in rule.examples
]


def findings_in(example: Example, rule: DependencyRule) -> list[int]:
    """The lines on which a rule finds something."""
    text = example.code.replace(example.marker, "")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    told = [match for line in comments if (match := MODULE_LINE.match(line))]
    modules = [
        module(match["name"], **dict(word.split("=", 1) for word in shlex.split(match["readings"]))) for match in told
    ]
    files = [line.removeprefix("# ") for line in comments if not MODULE_LINE.match(line)]
    tree = requirements.tree(requirements.read(Path("requirements.txt"), text), Path("requirements.txt"), TARGET)
    packages = [judged(one, released(*files), TARGET) for one in tree.dependencies]
    looked = [replace(package, modules=tuple(modules) or None) for package in packages]
    return [finding.location.line for package in looked for finding in rule.check(package)]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_rule_finds_exactly_the_marked_lines(rule: DependencyRule, example: Example) -> None:
    """A bad example has a finding on each marked line and on no other; a good one has none."""
    assert findings_in(example, rule) == example.expected_lines


@pytest.mark.parametrize("rule", dependency_rules(), ids=lambda rule: rule.code)
def test_a_rule_is_documented_under_the_fixed_headings(rule: DependencyRule) -> None:
    """Each has text under every heading, bad and good examples, and is the one in the file of its name."""
    assert all(page.section(rule, heading).strip() for heading in page.HEADINGS)
    assert rule.bad
    assert rule.good
    assert rule.check.__module__.rpartition(".")[2] == rule.slug.replace("-", "_")


@pytest.mark.parametrize(
    ("files", "asks", "fix"),
    [
        pytest.param(["spam-2.0-cp314-cp314t-linux_x86_64.whl"], {}, "upgrade to 2.0, the first newer", id="one"),
        pytest.param(
            ["spam-2.0-cp314-cp314t-linux_x86_64.whl", "spam-3.0-py3-none-any.whl"],
            {},
            "upgrade to 2.0, the first newer release with a wheel for it (the newest is 3.0)",
            id="several",
        ),
        pytest.param(
            ["spam-2.0-cp314-cp314t-linux_x86_64.whl"],
            {"eggs": "<2"},
            "2.0 is the first newer release with a wheel for it, but 'eggs' asks for <2: upgrade both",
            id="ruled out",
        ),
        pytest.param(["spam-0.9-cp314-cp314t-linux_x86_64.whl"], {}, "no newer release has one", id="only an older"),
        pytest.param(
            ["spam-2.0-cp314-cp314t-linux_x86_64.whl yanked=broken"], {}, "no newer release has one", id="only a yanked"
        ),
        pytest.param(
            ["spam-2.0rc1-cp314-cp314t-linux_x86_64.whl"], {}, "no newer release has one", id="only a candidate"
        ),
        pytest.param(
            ["spam-2.0-cp314-cp314t-linux_x86_64.whl requires='>=3.15'"], {}, "no newer release has one", id="too new"
        ),
    ],
)
def test_the_fix_names_what_to_upgrade_to(files: list[str], asks: dict[str, str], fix: str) -> None:
    """The first newer release that would do is named, and what keeps it from being used, if that is known."""
    package = spam("1.0", "spam-1.0-cp314-cp314-linux_x86_64.whl", "spam-1.0.tar.gz", *files, asks=asks)
    (finding,) = (finding for rule in dependency_rules() for finding in rule.check(package))
    assert finding.fix.startswith(fix)


def test_a_fix_says_whose_wishes_are_not_known() -> None:
    """Where a lock file does not say which versions others can use, the fix does not pretend that any will do."""
    package = spam("1.0", "spam-1.0-cp314-cp314-linux_x86_64.whl", "spam-1.1-py3-none-any.whl")
    asked = replace(package, dependency=replace(package.dependency, needed_by=("eggs", "ham")))
    (finding,) = (finding for rule in dependency_rules() for finding in rule.check(asked))
    assert finding.fix.endswith("if eggs, ham can use it")
    assert "needed by eggs, ham" in finding.evidence
