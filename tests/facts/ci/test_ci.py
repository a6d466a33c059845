"""Workflows, tox and cibuildwheel: which Pythons are set up where, and what is said to the tests."""

from __future__ import annotations

import pytest

from ungil.ci_files import is_ci, is_suppressions, is_test
from ungil.facts.ci import read as ci
from ungil.facts.ci.model import CiFacts, Run, Said
from ungil.source import Language, Source

WORKFLOW = ".github/workflows/ci.yml"


def read(**files: str) -> CiFacts:
    """The facts of files; ``workflow`` is one of GitHub."""
    names = {"workflow": WORKFLOW, "pyproject": "pyproject.toml", "tox": "tox.ini", "supp": "tsan.supp"}
    return ci.read([Source(names[name], text.encode(), Language.BUILD) for name, text in files.items()])


def one_job(body: str) -> CiFacts:
    """A workflow with one job."""
    return read(workflow=f"on: push\njobs:\n  test:\n{body}")


MATRIX = """\
    strategy:
      matrix:
        os: [ubuntu-latest, macos-15]
        python: ["3.14", "3.14t"]
        include:
          - {os: windows-11-arm, python: 3.15t, lenient: true}
          - {os: ubuntu-latest, extra: x}
        exclude:
          - {os: macos-15, python: "3.14"}
    runs-on: ${{ matrix.os }}
    continue-on-error: ${{ matrix.lenient || false }}
    steps:
      - uses: actions/setup-python@v6
        with:
          python-version: ${{ matrix.python }}
      - run: pytest
"""


def test_a_matrix_is_what_its_axes_come_to() -> None:
    """Combinations, less what is excluded, with what is included; each with its runner, its Python, its leniency."""
    (job,) = one_job(MATRIX).jobs()
    assert job.runs == (
        Run(is_free_threaded=False, is_unclear=False, runner="ubuntu-latest", may_fail=False),
        Run(is_free_threaded=True, is_unclear=False, runner="ubuntu-latest", may_fail=False),
        Run(is_free_threaded=True, is_unclear=False, runner="macos-15", may_fail=False),
        Run(is_free_threaded=True, is_unclear=False, runner="windows-11-arm", may_fail=True),
    )


@pytest.mark.parametrize("width", [1, 10])
def test_aliases_of_aliases_do_not_multiply(width: int) -> None:
    """A matrix whose aliases come to a tower, or to more values than there are atoms, has its combinations in time."""
    anchors = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]\n" for n in range(1, 2000))
    job = "jobs:\n  test:\n    strategy: {matrix: {a: [*a1999], python: [3.14t]}}\n    steps: []\n"
    facts = read(workflow=f"env:\n  a0: &a0 [x]\n{anchors}{job}")
    assert [bool(job.runs) for job in facts.jobs()] == [True]


@pytest.mark.parametrize(
    ("steps", "free_threaded"),
    [
        ("      - {uses: actions/setup-python@v6, with: {python-version: 3.14t-dev}}", True),
        ("      - uses: actions/setup-python@v6\n        with: {python-version: '3.14', freethreaded: true}", True),
        ("      - uses: deadsnakes/action@v3\n        with: {python-version: '3.14', nogil: true}", True),
        ("      - run: uv run -p cpython-3.14t pytest", True),
        ("      - run: tox -e py314t", True),
        ("      - run: /opt/python/cp314-cp314t/bin/python -m pytest", True),
        ("      - run: conda install python-freethreading", True),
        ("      - {uses: actions/setup-python@v6, with: {python-version: '3.14'}}  # not 3.14t", False),
        ("      - run: pytest\n        if: matrix.python != '3.14t'", False),
        ("      - run: if [[ $PYTHON != '3.14t' ]]; then pytest; fi", False),
        ("      - uses: pypa/cibuildwheel@v4\n        env: {CIBW_BUILD: cp314t-*}", False),
    ],
)
def test_a_free_threaded_python_has_many_names(steps: str, *, free_threaded: bool) -> None:
    """Of actions, of uv, tox and conda, in an image; a comparison, a comment and the tag of a wheel set none up."""
    (job,) = one_job(f"    runs-on: ubuntu-latest\n    steps:\n{steps}\n").jobs()
    assert bool(job.free_threaded) is free_threaded


def test_what_another_file_decides_is_unclear() -> None:
    """An input of the workflow; then rules about what is missing say nothing."""
    facts = one_job("    steps:\n      - {uses: actions/setup-python@v6, with: {python-version: '${{ inputs.p }}'}}\n")
    assert not facts.is_clear


@pytest.mark.parametrize(
    ("steps", "tests"),
    [
        ("      - run: python -m pytest", True),
        ("      - run: make test", True),
        ("      - run: nox -s all", True),
        ("      - run: test -f dist/x.whl && pip wheel .", False),
        ("      - run: python -m build", False),
    ],
)
def test_a_job_that_runs_tests_is_known_by_its_commands(steps: str, *, tests: bool) -> None:
    """The command ``test`` of a shell runs none."""
    (job,) = read(workflow=f"on: push\njobs:\n  wheel:\n    steps:\n{steps}\n").jobs()
    assert job.tests is tests


@pytest.mark.parametrize(
    ("uses", "version"),
    [
        ("actions/setup-python@v4", (4,)),
        ("actions/setup-python@v4.7.1", (4, 7, 1)),
        ("actions/setup-python@65d7f2d534ac1bc67fcd62888c5f4f3d2cb2b236 # v4.7.1", (4, 7, 1)),
        ("actions/setup-python@65d7f2d534ac1bc67fcd62888c5f4f3d2cb2b236", ()),
        ("actions/setup-python@main", ()),
    ],
)
def test_the_version_of_an_action_is_its_tag_or_stands_beside_its_commit(uses: str, version: tuple[int, ...]) -> None:
    """Where neither does, nobody knows."""
    (job,) = one_job(f"    steps:\n      - uses: {uses}\n").jobs()
    assert job.steps[0].version == version


@pytest.mark.parametrize(
    ("label", "is_arm"),
    [
        ("ubuntu-latest", False),
        ("ubuntu-24.04-arm", True),
        ("macos-15", True),
        ("macos-13", False),
        ("macos-15-intel", False),
        ("windows-11-arm", True),
        ("self-hosted", None),
        ("${{ inputs.os }}", None),
    ],
)
def test_a_runner_of_github_tells_its_memory_model(label: str, *, is_arm: bool | None) -> None:
    """Another label does not."""
    assert Run(is_free_threaded=True, is_unclear=False, runner=label, may_fail=False).is_arm is is_arm


CIBW = "    steps:\n      - uses: pypa/cibuildwheel@{}\n        env:\n          X: y\n{}"


@pytest.mark.parametrize(
    ("version", "lines", "config", "built", "named"),
    [
        ("v4.2.0", "", "", True, ()),
        ("v3.0.1", "", "", False, ()),
        ("v3.0.1", "          CIBW_BUILD: cp314t-*\n", "", False, ("cp314t-*",)),
        ("v4.2.0", "          CIBW_SKIP: cp3??t-*\n", "", False, ()),
        ("v4.2.0", "          CIBW_SKIP: cp314t-*\n", "", True, ()),
        ("v4.1.0", "          CIBW_SKIP: cp314t-*\n", "", False, ()),
        ("v4.2.0", "          CIBW_BUILD: cp312-* cp314-*\n", "", False, ()),
        ("v4.2.0", "          CIBW_BUILD: '*-{manylinux,musllinux}_x86_64'\n", "", True, ()),
        ("v4.2.0", "          CIBW_BUILD: ${{ inputs.build }}\n", "", None, ()),
        ("v4.2.0", "", "skip = ['cp3*t-*']", False, ()),
        ("v4.2.0", "          CIBW_SKIP: pp*\n", "skip = ['cp3*t-*']", True, ()),
        ("v4.2.0", "", "build = ['cp312-*', 'cp314t-*']", True, ("cp314t-*",)),
    ],
)
def test_free_threaded_wheels_are_built_unless_told_otherwise(
    version: str, lines: str, config: str, named: tuple[str, ...], *, built: bool | None
) -> None:
    """By the version, the variables and the configuration, of which the variables count."""
    pyproject = f"[tool.cibuildwheel]\n{config}\n" if config else "[project]\n"
    step = CIBW.format(version, lines)
    facts = read(workflow=f"on: push\njobs:\n  wheels:\n{step}", pyproject=pyproject)
    assert [(one.built, one.named, one.is_run) for one in facts.wheels] == [(built, named, True)]


def test_a_configuration_that_no_workflow_uses_is_known_as_such() -> None:
    """The wheels may be built elsewhere."""
    (build,) = read(pyproject="[tool.cibuildwheel.linux]\nskip = 'cp312-*'\n").wheels
    assert (build.built, build.is_run, build.spot.place.line) == (True, False, 1)


def test_what_is_said_is_found_with_its_job_and_its_place() -> None:
    """In workflows with the job, elsewhere without; in comments nothing is said."""
    facts = read(
        workflow="on: push\njobs:\n  a:\n    steps:\n      - run: pytest --parallel-threads=4\n  b:\n    steps: []\n",
        tox="[testenv]\nsetenv =\n    # PYTHON_GIL=1\n    PYTHON_GIL=0\n",
    )
    (threads,) = facts.said(Said.THREADS)
    assert threads.job is not None
    assert (threads.value, threads.job.name, threads.spot.place.line, threads.spot.place.column) == ("4", "a", 5, 21)
    (gil,) = facts.said(Said.GIL)
    assert (gil.value, gil.job, gil.spot.place.line) == ("0", None, 4)


@pytest.mark.parametrize("command", ["wheel check dist/*", "stress .", "port ."])
def test_commands_of_ungil_look_at_the_gil(command: str) -> None:
    """Those that run or read what was built."""
    assert one_job(f"    steps:\n      - run: python -m pip install ungil && ungil {command}\n").said(Said.CHECKS_GIL)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("workflow", "python: [\n", "YAML that was not understood: line 2"),
        ("workflow", "python:\n\t- a\n", "YAML that was not understood: line 2"),
        ("pyproject", "[tool.cibuildwheel\n", "TOML that was not understood"),
    ],
)
def test_a_broken_file_is_a_note(name: str, text: str, said: str) -> None:
    """It says why, and stops nothing."""
    facts = read(**{name: text})
    assert [why.startswith(said) for _, why in facts.unread] == [True]


@pytest.mark.parametrize("text", ["", "- a\n", "python\n", "jobs: x  # python\n", "python: 1\njobs:\n  a: b\n  c:\n"])
def test_what_is_no_workflow_has_no_jobs(text: str) -> None:
    """A list, a word, jobs that are none."""
    assert list(read(workflow=text).jobs()) == []


def test_lines_of_suppressions_are_read() -> None:
    """With the whole line as the place, comments apart."""
    lines = read(supp="# race:a\nrace:b\n  race_top:c d\nleak:e\n").suppressions
    assert [(one.kind, one.pattern, one.spot.place.line) for one in lines] == [("race", "b", 2), ("race_top", "c", 3)]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/workflows/ci.yaml", "ci"),
        ("x-1.0/.github/workflows/ci.yml", "ci"),
        ("a/b/.github/workflows/ci.yml", ""),
        ("tox.ini", "ci"),
        ("Cargo.toml", "ci"),
        ("tools/ci/tsan_suppressions.txt", "suppressions"),
        ("tsan.supp", "suppressions"),
        ("requirements.txt", ""),
        ("support.txt", ""),
        ("setup.py", ""),
        ("tests/test_a.py", "test"),
        ("conftest.py", "test"),
        ("latest.py", ""),
    ],
)
def test_files_are_told_by_their_names(path: str, kind: str) -> None:
    """What tests and ships; of the rest, tests."""
    assert is_ci(path) is (kind in {"ci", "suppressions"})
    assert is_suppressions(path) is (kind == "suppressions")
    assert is_test(path) is (kind == "test")
