"""What `make bench-audit` wrote to docs, and the independent counts that the front-end is compared with."""

from pathlib import Path

import pytest
from benchmarks.audit import count, page, results
from benchmarks.audit.__main__ import STEM
from benchmarks.audit.ctags import bare
from benchmarks.audit.measure import BenchmarkError, answer, take_turns
from benchmarks.audit.results import Results
from benchmarks.target import Target

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_shows_the_numbers_of_the_json() -> None:
    """Nothing in docs is edited by hand or from another run: `make bench-audit` writes both."""
    found = results.load(DOCS / f"{STEM}.json")
    assert (DOCS / f"{STEM}.md").read_text(encoding="utf-8") == page.render(found, STEM)
    assert (DOCS / f"{STEM}.json").read_text(encoding="utf-8") == results.dump(found)


def test_what_was_measured_is_what_would_be() -> None:
    """The releases in docs are those of the code: a change of them needs a new run."""
    corpora = results.load(DOCS / f"{STEM}.json")["corpora"]
    assert corpora["ordinary"]["releases"] == list(results.ORDINARY)
    assert corpora["generated"]["releases"] == [results.GENERATED]
    assert corpora["large"]["releases"] == [results.LARGE]


@pytest.mark.parametrize(("at_least", "met"), [(True, [False, True, True]), (False, [True, True, False])])
def test_a_number_at_the_bound_meets_the_target(*, at_least: bool, met: list[bool]) -> None:
    """Below, at and above a bound of two, whichever way it points."""
    found = results.load(DOCS / f"{STEM}.json")

    def bounded(value: float) -> Target[Results]:
        return Target("", 2.0, at_least=at_least, value=lambda _: value)

    targets = [bounded(value) for value in (1.9, 2.0, 2.1)]
    assert [target.met(found) for target in targets] == met


def test_calls_are_counted_without_what_only_looks_like_one() -> None:
    """Comments, literals, directives, keywords and the function's own head are no calls."""
    code = b"""\
int f(int a)
{
    /* g(1) */ char *s = "h(2)"; // i(3)
    #define J k(4)
    if (a) { l(m(5)); }
    return sizeof(a);
}
int n(void) { return f(6); }
"""
    bodies = {(1, "f"): 7, (8, "n"): 8}
    assert list(count.calls(code, bodies)) == [(5, "l"), (5, "m"), (8, "f")]


@pytest.mark.parametrize(
    ("name", "expected"), [("operator ==", "operator=="), ("f<int>", "f"), ("operator<", "operator<")]
)
def test_names_are_compared_without_spelling(name: str, expected: str) -> None:
    """Spaces and template arguments do not tell names apart."""
    assert bare(name) == expected


def test_contenders_take_turns() -> None:
    """A slow moment of the machine meets all of them."""
    order: list[str] = []
    take_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b", "a", "b"]


def test_a_program_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    """No number is made up for it."""
    with pytest.raises(BenchmarkError, match="failed"):
        answer(["python3", tmp_path / "absent.py"])
