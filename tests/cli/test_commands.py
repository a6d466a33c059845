"""The command line, run as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ungil.audit.selection import named
from ungil.errors import ExitCode
from ungil.rules import catalogue

EXAMPLES = Path(__file__).parents[2] / "examples"

# A thousand findings are far more than a pipe holds, so the audit is still writing when its reader goes away.
INCLUDE = "#include <Python.h>\n"
BORROWS = """
static PyObject *first_{}(PyObject *self, PyObject *list) {{
    PyObject *item = PyList_GetItem(list, 0);
    return Py_XNewRef(item);
}}
"""


def ungil(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `ungil` in a process of its own."""
    command = [sys.executable, "-m", "ungil", *map(str, arguments)]
    settings = os.environ | environment
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=settings)


def test_findings_exit_with_1_and_none_with_0() -> None:
    """The exit code says whether anything was found."""
    assert ungil("audit", EXAMPLES / "before").returncode == 1
    assert ungil("audit", EXAMPLES / "after").returncode == 0


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "markdown"])
def test_every_format_prints_the_same_findings(form: str) -> None:
    """Each rule that has something to say about the legacy extension says it in each format."""
    findings = json.loads(ungil("audit", EXAMPLES / "before", "--format", "json").stdout)["findings"]
    assert {"UG001", "UG101", "UG201"} <= {finding["code"] for finding in findings}
    printed = ungil("audit", EXAMPLES / "before", "--format", form).stdout
    for finding in findings:
        assert finding["code"] in printed


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["audit", "does-not-exist"], id="no such path"),
        pytest.param(["audit", str(EXAMPLES / "README.md")], id="a file of another kind"),
        pytest.param(["explain", "UG999"], id="no such rule"),
        pytest.param(["python", "2.7"], id="no such version"),
        pytest.param(["nonsense"], id="no such command"),
        pytest.param(["audit", ".", "--format", "xml"], id="no such format"),
        pytest.param([], id="no command"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_says_why(arguments: list[str]) -> None:
    """An error goes to stderr, without a traceback, and stdout stays empty."""
    done = ungil(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_rule_gets_the_nearest_name() -> None:
    """An unknown rule's error suggests one."""
    assert "Did you mean 'borrowed-list-item'?" in ungil("explain", "borowed-list-item").stderr


def test_explain_prints_the_page_by_code_and_by_name() -> None:
    """A rule is found by its code, in any case, and by its name."""
    by_code = ungil("explain", "ug101")
    by_name = ungil("explain", "borrowed-list-item")
    assert by_code.returncode == 0
    assert by_code.stdout == by_name.stdout
    assert by_code.stdout.startswith("# borrowed-list-item (UG101)\n")


def test_every_rule_is_known_by_its_code_and_by_its_name() -> None:
    """No two rules answer to one word."""
    rules = list(catalogue())
    assert [named(rule.code.lower(), rules) for rule in rules] == rules
    assert [named(rule.slug, rules) for rule in rules] == rules


@pytest.mark.skipif(sys.platform == "win32", reason="there a pipe without a reader is no BrokenPipeError")
def test_a_reader_that_stops_early_gets_no_complaint(tmp_path: Path) -> None:
    """A reader that closes the pipe after one line of many ends the audit with 2 and without a complaint."""
    source = tmp_path / "many.c"
    source.write_text(INCLUDE + "".join(BORROWS.format(number) for number in range(1000)), encoding="utf-8")
    command = [sys.executable, "-m", "ungil", "audit", str(source), "--format", "sarif"]
    # Unbuffered, Python takes a write that was cut short for a whole one, and there is no error to handle.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as audit:
        assert audit.stdout is not None
        assert audit.stderr is not None
        try:
            assert audit.stdout.readline() == "{\n"
            audit.stdout.close()
            assert audit.wait(timeout=60) == ExitCode.FAILED
        finally:
            audit.kill()
        assert audit.stderr.read() == ""


BARE = """
import importlib.abc, sys

class Nothing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {extras}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Nothing())
from ungil.cli import main
sys.exit(main(sys.argv[1:]))
"""
EXTRAS = {"Cython", "capstone", "cookiecutter", "httpx", "hypothesis", "lief", "pytest", "truststore"}


@pytest.mark.parametrize("command", ["audit", "deps", "explain", "hammer", "new", "python", "rules", "wheel"])
def test_every_command_starts_without_the_extras(command: str) -> None:
    """Installed alone, ungil says what a command does, and what it lacks only when that is asked for."""
    code = BARE.format(extras=EXTRAS)
    done = subprocess.run(
        [sys.executable, "-c", code, command, "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: ungil {command}")
