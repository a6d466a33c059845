"""What `make bench-fix` runs, how it counts, and what it writes."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks.audit.measure import BenchmarkError
from benchmarks.fix import judged, page, suite
from benchmarks.fix.followed import LEFT
from benchmarks.fix.judged import cases
from benchmarks.fix.packages import packages
from benchmarks.fix.process import run, telling
from benchmarks.fix.results import Fixed, Results, Suite, Tree, Tried, dump, held, load, same
from benchmarks.fix.targets import TARGETS

PASSING: Suite = {"passed": 1234, "failed": 0, "skipped": 5, "trouble": "", "seconds": 1.0}
HUNG: Suite = {
    "passed": 0,
    "failed": 0,
    "skipped": 0,
    "trouble": "pytest ended with 124 after 20 s: ..",
    "seconds": 20.0,
}
BUILT: Tree = {"trouble": "", "gil_off": False, "suite": PASSING, "seconds": 1.0}
UNBUILT: Tree = {
    "trouble": "it does not build: cc\nx.c:1:1: error: no",
    "gil_off": False,
    "suite": None,
    "seconds": 1.0,
}


def tried(before: Tree = BUILT, after: Tree = BUILT, broken: Sequence[str] = (), warnings: Sequence[str] = ()) -> Tried:
    """With one Python."""
    return {"before": before, "after": after, "broken": list(broken), "warnings": list(warnings)}


def fixed(free: Tried | None = None, *, appeared: Sequence[str] = (), again: int = 0, after: int = 2) -> Fixed:
    """A release, with what came of it on the free-threaded build."""
    return {
        "name": "boxes",
        "version": "1.0",
        "made_with": "C",
        "before": 5,
        "fixed": {"strong-list-item": 2, "locked-methods": 1},
        "left": [{"code": "UG201", "path": "box.c", "line": 3, "decide": "who fills it"}] * 2,
        "after": after,
        "appeared": list(appeared),
        "again": again,
        "lines_added": 1200,
        "lines_removed": 3,
        "audit_seconds": 0.5,
        "fix_seconds": 0.9,
        "tried": {"3.14": tried(), "3.14t": free or tried()},
    }


def of(*some: Fixed, came: dict[str, str] | None = None) -> Results:
    """A run with these."""
    return {
        "version": 1,
        "ungil": "0.1.0",
        "python": "CPython 3.14.0",
        "compiler": "cc 12",
        "cpu": "a CPU",
        "cpus": 2,
        "system": "Linux x86_64",
        "load": 0.1,
        "rounds": 5,
        "seconds": 60.0,
        "packages": list(some),
        "cases": came or {},
    }


def test_packages_are_pinned_and_have_tests_and_compiled_modules() -> None:
    """Each once; there are more than the dozen that is wanted."""
    names = [one.name for one in packages()]
    assert len(names) == len(set(names)) > 12
    assert all(one.version and one.tests and one.modules for one in packages())


def test_cases_are_told_apart_and_have_verdicts_that_are_some() -> None:
    """Each once, and what has a verdict has a reason."""
    names = [case.name for case in cases()]
    assert len(names) == len(set(names)) > 50
    assert all(bool(case.verdict) == bool(case.why) for case in cases())


@pytest.mark.thread_unsafe(reason="it puts another file into the module")
def test_a_verdict_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would be counted as nothing."""
    file = tmp_path / "judged.toml"
    values = {
        "release": "a==1",
        "path": "a.c",
        "code": "UG101",
        "function": "f",
        "maintainers": "a lock",
        "verdict": "so",
    }
    file.write_text("[[case]]\nline = 1\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items()))
    monkeypatch.setattr(judged, "FILE", file)
    with pytest.raises(BenchmarkError, match="'so' is none of same, different, not enough, wrong"):
        cases()


@pytest.mark.parametrize(
    ("one", "is_held"),
    [
        (fixed(), True),
        (fixed(after=3), False),
        (fixed(appeared=["box.c: 1 UG302"]), False),
        (fixed(again=1), False),
        (fixed(tried(broken=["t::a#1"])), False),
        (fixed(tried(after=UNBUILT)), False),
        (fixed(tried(before=UNBUILT)), True),
        (fixed(tried(before=UNBUILT, after=UNBUILT)), False),
        (fixed(tried(after={**BUILT, "suite": HUNG}, broken=["t::a#1"])), False),
    ],
)
def test_a_release_keeps_what_is_promised_or_not(one: Fixed, *, is_held: bool) -> None:
    """Both builds afterwards, the same tests, fewer findings by at least the repairs, none new, none left to repair."""
    assert held(one) is is_held


def test_what_could_not_be_built_before_has_nothing_to_lose() -> None:
    """It counts as no release that keeps the promise, and as none that was broken."""
    assert same(tried(before=UNBUILT, after=UNBUILT))
    assert not same(tried(after=UNBUILT))


def test_the_page_shows_numbers_builds_and_what_went_wrong() -> None:
    """One release that was broken in every way."""
    broken = tried(
        {**BUILT, "gil_off": True}, {**BUILT, "suite": HUNG}, [f"t::{n}#1" for n in range(7)], ["a.c: warning: x_y"]
    )
    text = page.render(of(fixed(broken, appeared=["box.c: 1 UG302"], again=2)), "x")
    assert "| boxes 1.0 | C | 5 | 3 | 2 | 2 | +1,200 -3 | 0.50 | 0.90 | 1.80 |" in text
    assert "| yes | 1,234 / 0 / 5 | 1,234 / 0 / 5 | **no more** | 1,234 / 0 / 5 | 0 / 0 / 0, **broken off** |" in text
    assert "| **no more** |\n" in text
    assert "| strong-list-item | 2 | 1 |" in text
    assert "| UG201 | 2 | 1 |" in text
    assert "- boxes 1.0: new finding: box.c: 1 UG302\n- boxes 1.0: 2 more repairs in a second run\n" in text
    assert "- boxes 1.0, 3.14t: broken: 2 more\n- boxes 1.0, 3.14t: new warning: a.c: warning: x\\_y" in text
    assert "Beside the maintainers" not in text


def test_the_page_names_the_error_that_kept_a_tree_from_being_built() -> None:
    """It stands beside what came of the tree."""
    text = page.render(of(fixed(tried(before=UNBUILT))), "x")
    assert "| yes, and did not before | none | 1,234 / 0 / 5 |" in text
    assert f"before: {UNBUILT['trouble'].splitlines()[0]}" in text


def test_what_went_wrong_is_kept_in_one_line() -> None:
    """Not the command line that came before it, nor the folders of the machine."""
    output = "it does not build: cc -c /somewhere/b/x.c\ncc -I/somewhere x.c\n/somewhere/b/x.c:1:1: error: no\nmore"
    assert telling(output) == "it does not build: cc -c x.c x.c:1:1: error: no"
    assert telling("") == ""


def test_repairs_that_maintainers_have_made_as_well_are_shown_with_their_verdict() -> None:
    """What is left is only counted."""
    judged_one = next(case for case in cases() if case.verdict == "same")
    other = next(case for case in cases() if not case.verdict)
    found = of(fixed(), came={judged_one.name: "locked-methods", other.name: LEFT})
    text = page.render(found, "x")
    assert "Of 2 findings that their maintainers have dealt with, 1 are repaired" in text
    assert f"| locked-methods | **same**: {judged_one.why} |".replace("_", "\\_") in text
    doubtful = next(target for target in TARGETS if "maintainers" in target.says)
    assert doubtful.met(found)
    assert not doubtful.met(of(fixed(), came={other.name: "strong-list-item"}))
    assert not doubtful.met(of(fixed()))


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The page is rendered from the file."""
    (tmp_path / "x.json").write_text(dump(of(fixed())), encoding="utf-8")
    assert load(tmp_path / "x.json") == of(fixed())


def test_a_command_is_ended_at_its_deadline_with_what_it_started(tmp_path: Path) -> None:
    """A suite that hangs must not hold up the others, nor leave anything running."""
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    done = run([sys.executable, "-c", script], folder=tmp_path, deadline=3.0)
    assert done.code == 124
    assert done.seconds < 30
    state = Path(f"/proc/{done.output.strip()}/stat")
    for _ in range(100):
        if not state.exists() or state.read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("what it started is still there")


def test_output_and_errors_are_kept_together_or_apart(tmp_path: Path) -> None:
    """Of what prints JSON only the output is read."""
    command = [sys.executable, "-c", "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"]
    together = run(command, folder=tmp_path, deadline=60)
    apart = run(command, folder=tmp_path, deadline=60, errors_apart=True)
    assert (together.code, together.output.split(), together.well) == (3, ["out", "err"], False)
    assert (apart.output.strip(), apart.errors.strip()) == ("out", "err")


def test_outcomes_are_by_test_and_those_of_the_same_name_by_number(tmp_path: Path) -> None:
    """An error at collection is a test that failed."""
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite><testcase classname='t' name='a'/>"
        "<testcase classname='t' name='a'><failure message='x'/></testcase>"
        "<testcase classname='t' name='b'><skipped message='x'/></testcase>"
        "<testcase classname='' name='t'><error message='x'/></testcase></testsuite></testsuites>"
    )
    assert suite.outcomes(report) == {"t::a#1": "passed", "t::a#2": "failed", "t::b#1": "skipped", "::t#1": "failed"}
