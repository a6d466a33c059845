"""What is reported of a hunt: suppressions, baselines and levels work as they do for an audit."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stress.hammer.observed import EXTENSION, crash, model, outcome, scenario, stopped

from ungil.audit import Policy
from ungil.audit.baseline import Baseline, read, write
from ungil.errors import UsageError
from ungil.finding import Finding, Severity
from ungil.lines import Lines
from ungil.stress.hammer.findings import conclusion as module
from ungil.stress.hammer.findings.conclusion import Conclusion, Proof, conclude
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.runs.attempt import Attempt, Method, Observation
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.telling.origin import Origin
from ungil.stress.hammer.telling.places import Place, Places

BOX = model("put", "take")
PUT = outcome(stopped(scenario(BOX, "put", "take"), 0x10), Part.STATE)
TAKE = outcome(stopped(scenario(BOX, "take", "put"), 0x50), Part.ANSWER)
SOURCE = """\
static void put(Box *box) {
    int items = box->items;
    box->items = items + 1;%s
}
static int take(Box *box) {
    return --box->items;
}
"""
MODEL = """\
make = Box
ops = [
    "put",%s
    "take",
]
"""


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two functions of the extension have lines."""

    class Known(Places):
        def __init__(self, root: Path, files: tuple[str, ...] = ()) -> None:
            super().__init__(root, files)
            for at, name, line in ((0x10, "put", 3), (0x50, "take", 6)):
                spot = Spot(EXTENSION, at)
                self.known[spot] = Place(spot, name, 4, Origin("src/boxes.c", line, here=True))

    monkeypatch.setattr(module, "Places", Known)


def project(folder: Path, *, in_source: str = "", in_model: str = "") -> Path:
    """A project with a source and a model file, in which these comments stand."""
    (folder / "src").mkdir()
    (folder / "src" / "boxes.c").write_text(SOURCE % in_source)
    (folder / "model.py").write_text(MODEL % in_model)
    return folder


def concluded(
    root: Path, *observations: Observation, policy: Policy | None = None, model_file: bool = True
) -> Conclusion:
    """What is reported of these."""
    target = Target(module="boxes", model=str(root / "model.py") if model_file else None)
    result = Result(target=target, seed=1, models=[BOX], files=[EXTENSION], observations=list(observations))
    return conclude(result, root=root, policy=policy or Policy())


def reported(conclusion: Conclusion) -> list[tuple[str, str, int]]:
    """What is, as name, file and line."""
    return [(finding.slug, finding.location.path, finding.location.line) for _, finding in conclusion.reported]


patches = pytest.mark.thread_unsafe(reason="it puts other places into the module")


@patches
@pytest.mark.usefixtures("known")
def test_findings_lie_on_their_line_the_most_serious_first(tmp_path: Path) -> None:
    """With the columns of what stands there, so that reports show it."""
    done = concluded(project(tmp_path), TAKE, PUT)
    assert reported(done) == [("corrupted-state", "src/boxes.c", 3), ("lost-result", "src/boxes.c", 6)]
    where = done.reported[0][1].location
    assert (where.column, where.end_column) == (5, 5 + len("box->items = items + 1;"))


@patches
@pytest.mark.usefixtures("known")
def test_a_comment_in_the_source_allows_a_finding(tmp_path: Path) -> None:
    """As it does for the audit, and with its reason."""
    done = concluded(
        project(tmp_path, in_source="  // ungil: allow(corrupted-state) approximate on purpose"), PUT, TAKE
    )
    assert [slug for slug, _, _ in reported(done)] == ["lost-result"]
    assert [one.reason for one in done.audit.suppressed] == ["approximate on purpose"]
    assert not done.notices


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("  # ungil: allow(corrupted-state) approximate on purpose", ["lost-result"]),
        ("  # ungil: allow(UG904, UG905) approximate on purpose", []),
        ("\n    # ungil: allow-file(UG905) readers know", ["corrupted-state"]),
        ("  # ungil: allow(crash-under-threads) never", ["corrupted-state", "lost-result"]),
    ],
)
def test_a_comment_in_the_model_file_allows_a_finding(tmp_path: Path, comment: str, left: list[str]) -> None:
    """Beside an operation that takes part in it; for the whole file, all of them. The source need not be known."""
    done = concluded(project(tmp_path, in_model=comment), PUT, TAKE)
    assert [slug for slug, _, _ in reported(done)] == left
    assert {path for _, path, _ in reported(done)} <= {EXTENSION}


def test_a_comment_beside_another_operation_allows_nothing(tmp_path: Path) -> None:
    """It speaks for what takes part in the scenario that is shown."""
    root = project(tmp_path)
    (root / "model.py").write_text('ops = ["put", "take",\n"size"]  # ungil: allow(UG904) who cares\n')
    assert len(concluded(root, PUT).reported) == 1


def test_a_comment_that_means_nothing_is_a_notice(tmp_path: Path) -> None:
    """A name that does not exist, a reason that is missing; that a comment allows nothing today is no defect of it."""
    rows = "  # ungil: allow(corupted-state) a slip\n    # ungil: allow(UG905)\n    # ungil: allow(UG902) not today"
    done = concluded(project(tmp_path, in_model=rows), PUT)
    assert {finding.code for finding in done.notices} == {"UG090", "UG091"}
    assert [slug for slug, _, _ in reported(done)] == ["corrupted-state"]


def test_a_comment_may_name_what_the_audit_looks_for(tmp_path: Path) -> None:
    """A rule of the audit is not unknown here."""
    done = concluded(project(tmp_path, in_model="  # ungil: allow(UG101) for the audit"), PUT)
    assert not done.notices


def test_a_baseline_knows_a_finding_without_source(tmp_path: Path) -> None:
    """By what is the same from build to build and from run to run: the file and the message."""
    root = project(tmp_path)
    first = concluded(root, PUT, TAKE)
    write(root / "known.json", first.audit.findings, Lines(first.audit.project))
    moved = outcome(stopped(scenario(BOX, "put", "take"), 0x14), Part.STATE)
    other = crash(stopped(scenario(BOX, "put", "put"), 0x14))
    again = concluded(root, moved, TAKE, other, policy=Policy(baseline=read(root / "known.json")))
    assert [slug for slug, _, _ in reported(again)] == ["crash-under-threads"]
    assert again.audit.known == 2
    assert isinstance(read(root / "known.json"), Baseline)


def test_what_is_less_serious_is_counted(tmp_path: Path) -> None:
    """The level decides what is reported; the rest is a number."""
    done = concluded(project(tmp_path), PUT, TAKE, policy=Policy(level=Severity.ERROR))
    assert [slug for slug, _, _ in reported(done)] == ["corrupted-state"]
    assert done.audit.hidden == 1


def test_hazards_can_be_chosen(tmp_path: Path) -> None:
    """By code, beginning or name; a rule that only the audit looks for is an error where nothing else is chosen."""
    root = project(tmp_path)
    assert len(concluded(root, PUT, TAKE, policy=Policy(select=("UG904",))).reported) == 1
    assert len(concluded(root, PUT, TAKE, policy=Policy(ignore=("lost-result", "UG1"))).reported) == 1
    with pytest.raises(UsageError, match="nothing of UG1 is looked for here"):
        concluded(root, PUT, policy=Policy(select=("UG1",)))
    with pytest.raises(UsageError, match="there is no rule 'UG99X'"):
        concluded(root, PUT, policy=Policy(select=("UG99X",)))


@patches
@pytest.mark.usefixtures("known")
def test_no_script_takes_the_place_of_another(tmp_path: Path) -> None:
    """Findings that name the same call have scripts of their own."""
    boxes = model("copy", "clear")
    seen = [
        crash(Attempt(scenario(boxes, "copy", other), Method.TOGETHER), f"A, which crashed:\n  {EXTENSION}+{at:#x}")
        for other, at in (("copy", 0x10), ("clear", 0x50))
    ]
    result = Result(target=Target(module="boxes"), seed=1, models=[boxes], files=[EXTENSION], observations=seen)
    conclude(result, root=tmp_path, proof=Proof(seconds=0.1, folder=tmp_path / "scripts"))
    names = sorted(file.name for file in (tmp_path / "scripts").iterdir())
    assert names == ["UG901-Box-copy-2.py", "UG901-Box-copy.py"]


def test_paths_are_those_of_the_project_or_of_what_is_installed(tmp_path: Path) -> None:
    """No finding names the folder in which somebody's packages are."""
    for path, shown in (
        (tmp_path / "boxes" / "_boxes.so", "boxes/_boxes.so"),
        (Path("/venv/lib/python3.14t/site-packages/boxes/_boxes.so"), "boxes/_boxes.so"),
        (Path("/opt/boxes/_boxes.so"), "/opt/boxes/_boxes.so"),
    ):
        result = Result(target=Target(module="boxes"), seed=1, models=[BOX], files=[str(path)], observations=[PUT])
        (found,) = conclude(result, root=tmp_path).audit.findings
        assert isinstance(found, Finding)
        assert found.location.path == shown
