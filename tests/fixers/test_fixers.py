"""Every fixer, from its own file: its examples are the tests."""

from __future__ import annotations

import sysconfig

import pytest
from _pytest.mark import ParameterSet
from tests.fixers.compiling import complaints

from ungil.audit import Policy
from ungil.codemod import Order, Outcome
from ungil.codemod import repair as repair_project
from ungil.finding import Severity
from ungil.fixer import Fixer, Left, Repaired
from ungil.fixers import fixers
from ungil.rules import catalogue
from ungil.source import Language, Project, Source, language_of

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
NEWEST = (3, 14)
OLDEST = (3, 9)


def repaired(fixer: Fixer, path: str, code: str, min_python: tuple[int, int] = NEWEST) -> Outcome:
    """What becomes of a project of one file when the findings of the fixer's rules are repaired."""
    source = Source(path, code.encode("latin-1"), language_of(path, b""))
    build = source.language is Language.BUILD
    project = Project("x", None, () if build else (source,), (), (source,) if build else ())
    order = Order(codes=fixer.codes, level=Severity.NOTE, policy=Policy(), unsafe=True, min_python=min_python)
    return repair_project(project, catalogue(), order)


def text_of(outcome: Outcome, path: str) -> str:
    """The file after the repair."""
    return outcome.after.project.by_path[path].data.decode("latin-1")


EXAMPLES = [(fixer, example) for fixer in fixers() for example in fixer.examples]


def named(kind: type[Repaired | Left], *suffixes: str) -> list[ParameterSet]:
    """The examples of one kind, in files of these suffixes, as parameters of a test."""
    return [
        pytest.param(fixer, example, id=f"{fixer.slug}: {example.title}")
        for fixer, example in EXAMPLES
        if isinstance(example, kind) and example.path.endswith(suffixes)
    ]


DONE = named(Repaired, "")
LEFT = named(Left, "")
COMPILED = named(Repaired, ".c", ".cpp")


@pytest.mark.parametrize(("fixer", "example"), DONE)
def test_an_example_becomes_what_it_says(fixer: Fixer, example: Repaired) -> None:
    """The text before turns into the text after, to the letter."""
    outcome = repaired(fixer, example.path, example.before)
    assert text_of(outcome, example.path) == example.after
    assert any(one.fixer is fixer for one in outcome.fixed)


@pytest.mark.parametrize(("fixer", "example"), DONE)
def test_the_finding_is_gone_and_none_appears(fixer: Fixer, example: Repaired) -> None:
    """What the fixer's rules found is not found any more, and no rule finds what it did not find before."""
    outcome = repaired(fixer, example.path, example.before)
    before, after = outcome.before.counts, outcome.after.counts
    assert [key for key in before if key[1] in fixer.codes]
    assert [key for key in after if key[1] in fixer.codes] == []
    assert after <= before


@pytest.mark.parametrize(("fixer", "example"), DONE)
def test_repairing_twice_changes_nothing(fixer: Fixer, example: Repaired) -> None:
    """What was repaired is left alone, for the newest Python and for the oldest."""
    for version in (NEWEST, OLDEST):
        once = text_of(repaired(fixer, example.path, example.before, version), example.path)
        assert repaired(fixer, example.path, once, version).changed == {}


@pytest.mark.parametrize(("fixer", "example"), COMPILED)
def test_examples_compile_before_and_after(fixer: Fixer, example: Repaired) -> None:
    """No compiler warns of the code, as it was, as it is for the newest Python, and as it is for the oldest."""
    cxx = example.path.endswith(".cpp")
    oldest = text_of(repaired(fixer, example.path, example.before, OLDEST), example.path)
    before = () if example.needs_free_threading and not FREE_THREADED else (example.before,)
    for code in (*before, example.after, oldest):
        assert complaints(code, cxx=cxx) == ""


@pytest.mark.parametrize(("fixer", "example"), named(Repaired, ".c"))
def test_line_endings_survive(fixer: Fixer, example: Repaired) -> None:
    """A file whose lines end in CR LF has no other line end afterwards, and the same text."""
    crlf = text_of(repaired(fixer, example.path, example.before.replace("\n", "\r\n")), example.path)
    assert crlf.replace("\r\n", "\n") == example.after
    assert crlf.count("\n") == crlf.count("\r\n")


@pytest.mark.parametrize(("fixer", "example"), LEFT)
def test_a_decision_is_left_to_the_maintainer(fixer: Fixer, example: Left) -> None:
    """The text stays as it is, and what has to be decided is said."""
    outcome = repaired(fixer, example.path, example.code)
    assert outcome.changed == {}
    assert any(example.decision in one.decision for one in outcome.left), [one.decision for one in outcome.left]


@pytest.mark.parametrize("fixer", fixers(), ids=lambda fixer: fixer.slug)
def test_a_fixer_documents_itself(fixer: Fixer) -> None:
    """It says what it does and what it leaves, and shows an example; one that is unsafe says what to look at."""
    assert "\nWhat it does\n" in fixer.doc
    assert "\nWhat it leaves\n" in fixer.doc
    assert "\nWhat to look at\n" in fixer.doc or not fixer.check
    assert isinstance(fixer.examples[0], Repaired)
    assert len({example.title for example in fixer.examples}) == len(fixer.examples)


def test_a_fixer_is_a_file_of_its_name_and_repairs_rules_that_exist() -> None:
    """The name of a fixer is that of its file, and the codes that it names are those of rules."""
    codes = {rule.code for rule in catalogue()}
    for fixer in fixers():
        assert fixer.repair.__module__.rpartition(".")[2] == fixer.slug.replace("-", "_")
        assert fixer.codes
        assert fixer.codes <= codes
