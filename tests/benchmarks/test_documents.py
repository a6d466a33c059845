"""What `make bench-sync` wrote to docs, and what it makes of a run."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from benchmarks.sync import page, plot, results, table
from benchmarks.sync.__main__ import STEM, main, write
from benchmarks.sync.case import Case, Sharing
from benchmarks.sync.cases import catalogue
from benchmarks.sync.measure import Measures
from benchmarks.sync.results import Results
from benchmarks.sync.sample import Measure
from benchmarks.sync.startup import Startup, foreign, loaded_modules
from tests.sync.builds import GIL_ENABLED

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCHEMA = json.loads((ROOT / "benchmarks/sync/results.schema.json").read_text(encoding="utf-8"))


def made_up() -> Results:
    """A run in which every operation takes ten nanoseconds on one thread and twenty on two."""
    cases = catalogue()
    measures: Measures = {
        case.name: {threads: Measure(10.0 * threads, 9.0, 21.0, 5, 1) for threads in case.threads} for case in cases
    }
    found = results.case_results(cases, measures)
    members = results.member_results({"AtomicInteger.get": 2.0, "AtomicInteger.set": 1.5})
    startup = results.startup_result(Startup(1.5, 3, ["ungil", "ungil._sync"], []))
    return {
        "version": results.VERSION,
        "ungil": "0.1.0",
        "python": "CPython 3.14.0",
        "peers": {"cereggii": "1.0.1"},
        "machine": {"cpu": "a & b <c>", "cpus": 2, "pinned_to": [0, 1], "system": "Linux x86_64"},
        "cases": found,
        "targets": results.target_results(found, members, startup),
        "members": members,
        "members_without_a_statement": ["AtomicFlag.flip"],
        "startup": startup,
    }


def written() -> Results:
    """The run that the documentation shows."""
    return results.load(DOCS / f"{STEM}.json")


def test_the_page_and_the_picture_show_the_numbers_of_the_json() -> None:
    """Nothing in docs is edited by hand or from another run: `make bench-sync` writes all three."""
    found = written()
    assert (DOCS / f"{STEM}.md").read_text(encoding="utf-8") == page.render(found, STEM)
    assert (DOCS / f"{STEM}.svg").read_text(encoding="utf-8") == plot.render(found)
    assert (DOCS / f"{STEM}.json").read_text(encoding="utf-8") == results.dump(found)


def test_the_verdicts_follow_from_the_numbers_beside_them() -> None:
    """The targets in docs are those of the code, and their ratios those of the medians in the same file."""
    found = written()
    assert found["targets"] == results.target_results(found["cases"], found["members"], found["startup"])


def test_the_json_holds_every_case() -> None:
    """A case that was added, renamed or removed after the run is missing in docs: run it again."""
    names = [f"{case['operation']} / {case['contender']} / {case['sharing']}" for case in written()["cases"]]
    assert names == [case.name for case in catalogue()]


@pytest.mark.parametrize("found", [made_up, written], ids=["made up", "written"])
def test_the_json_is_as_its_schema_says(found: Callable[[], Results]) -> None:
    """Nothing is missing, nothing is there that the schema does not name."""
    jsonschema.validate(found(), SCHEMA)


def test_findings_name_what_was_missed_what_does_not_scale_and_what_was_not_measured() -> None:
    """Each is a line of its own."""
    found = results.findings(made_up())
    assert "does not scale: AtomicInteger.set, x1.50" in found
    assert "not measured, write a statement: AtomicFlag.flip" in found
    missed = "missed by 50%: increment, distinct, 1 thread: ungil AtomicInteger faster than cereggii AtomicInt64"
    assert missed in found
    assert not any("import ungil" in line for line in found)


def test_a_run_is_written_whole(tmp_path: Path) -> None:
    """Three files, in step, and nothing else; what cannot be HTML or XML as it stands is written as text."""
    write(made_up(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{STEM}.{end}" for end in ("json", "md", "svg")]
    assert results.load(tmp_path / f"{STEM}.json") == made_up()


def test_the_table_shows_every_case() -> None:
    """The terminal shows both medians, their quartiles and the ratio."""
    lines = table.render(made_up()).splitlines()
    numbers = ["10.0", "(9.0-21.0)", "20.0", "(9.0-21.0)", "x1.00"]
    shown = [line for line in lines if line.split()[-5:] == numbers]
    assert len(shown) == sum(len(case.threads) == 2 for case in catalogue())


def test_medians_survive_the_json() -> None:
    """What is read back is what was measured, to a hundredth of a nanosecond."""
    case = Case("add", "ours", Sharing.SHARED, "", ("o.add(1)",))
    measures = {case.name: {1: Measure(1.234, 1.0, 2.0, 5, 0), 2: Measure(2.345, 2.0, 3.0, 4, 1)}}
    assert results.as_measures(results.case_results([case], measures)) == {
        case.name: {1: Measure(1.23, 1.0, 2.0, 5, 0), 2: Measure(2.35, 2.0, 3.0, 4, 1)}
    }


def test_importing_ungil_loads_nothing_of_others() -> None:
    """`import ungil` loads its own package and the standard library, and nothing of the toolkit."""
    loaded = loaded_modules()
    assert foreign(loaded) == []
    assert [module for module in loaded if module.startswith("ungil")] == ["ungil", "ungil._sync"]


def test_a_module_is_foreign_if_it_is_neither_ours_nor_the_standard_library_s() -> None:
    """Submodules belong to the one whose name they begin with."""
    assert foreign(["collections.abc", "numpy.linalg", "ungil", "ungil._sync", "ungilded"]) == [
        "numpy.linalg",
        "ungilded",
    ]


@pytest.mark.skipif(not GIL_ENABLED, reason="refused only where threads cannot run at the same time")
def test_it_refuses_to_measure_under_the_gil(tmp_path: Path) -> None:
    """Two threads that take turns prove nothing: exit code 2, and no file."""
    assert main(["--write", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []
