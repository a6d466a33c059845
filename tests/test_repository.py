"""What holds for the repository as a whole: its size, its walls, what it ships, what its README says."""

import ast
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
if LISTED.returncode != 0:
    pytest.skip("not a git checkout: there is no list of what belongs to the repository", allow_module_level=True)
TRACKED = sorted(LISTED.stdout.splitlines())
PYTHON = [path for path in TRACKED if path.startswith("python/") and path.endswith(".py")]
NATIVE = [path for path in TRACKED if path.startswith("src/")]

MOST_LINES = 300
MOST_FUNCTION_LINES = 40
LONG_FILES = {
    "python/ungil/interpreter.py": "runs alone, as one file, before anything is installed",
}


def text_of(path: str) -> str:
    """A tracked file."""
    return (ROOT / path).read_text(encoding="utf-8")


MOSTLY_EXAMPLES = ("python/ungil/rules/", "python/ungil/fixers/")


@pytest.mark.parametrize("path", [path for path in PYTHON + NATIVE if not path.startswith(MOSTLY_EXAMPLES)])
def test_a_file_has_one_subject(path: str) -> None:
    """No file is longer than the budget; rules and fixers, mostly examples, and those named above are exempt."""
    lines = text_of(path).count("\n")
    assert lines <= MOST_LINES or path in LONG_FILES, f"{path} has {lines} lines: it may have two subjects"


@pytest.mark.parametrize("path", PYTHON)
def test_a_function_fits_on_a_screen(path: str) -> None:
    """No Python function is longer than the budget, its docstring apart."""
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            length = (node.end_lineno or 0) - first.lineno + 1
            assert length <= MOST_FUNCTION_LINES, f"{path}: {node.name} has {length} lines"


def test_one_file_knows_which_build_it_is_compiled_for() -> None:
    """Only compat.hpp asks the preprocessor about the free-threaded build."""
    asks = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*\b(?:Py_GIL_DISABLED|NB_FREE_THREADED)\b", re.MULTILINE)
    assert [path for path in NATIVE if asks.search(text_of(path))] == ["src/compat.hpp"]


def test_no_package_registry_is_named_by_its_host() -> None:
    """Whoever uses ungil has an index of their own: which one is asked of pip, and no file says it."""
    host = re.compile(rb"\bpypi\.org|pythonhosted\.org|\bghcr\.io")
    assert [path for path in TRACKED if (ROOT / path).is_file() and host.search((ROOT / path).read_bytes())] == []


def test_only_the_command_line_prints() -> None:
    """No module outside cli calls print, except the one that runs alone."""
    for path in PYTHON:
        if "/cli/" not in path and path != "python/ungil/interpreter.py":
            calls = [node for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.Call)]
            assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"], path


def test_the_source_distribution_holds_what_is_needed_and_nothing_else(tmp_path: Path) -> None:
    """An sdist has the sources, the build files, the licence and the README, and no test, example or built file."""
    pytest.importorskip("scikit_build_core", reason="needs what builds ungil")
    code = f"import scikit_build_core.build as b; print(b.build_sdist({str(tmp_path)!r}))"
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    with tarfile.open(tmp_path / built.stdout.split()[-1]) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    top = {"CHANGELOG.md", "CMakeLists.txt", "LICENSE", "README.md", "pyproject.toml"}
    wanted = {path for path in TRACKED if path in top or path.startswith(("python/ungil/", "src/", "template/"))}
    assert shipped - {"PKG-INFO"} == wanted


def test_the_readme_shows_what_the_audit_prints() -> None:
    """Every line of the README's audit is printed by the command that stands above it."""
    block = re.search(r"^\$ ungil (audit \S+)\n(.*?)^```", text_of("README.md"), re.DOTALL | re.MULTILINE)
    assert block is not None
    command = [sys.executable, "-m", "ungil", *block[1].split()]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False).stdout
    shown = [line for line in block[2].splitlines() if line != "..."]
    assert shown
    assert [line for line in shown if line not in printed.splitlines()] == []


def test_what_the_documentation_takes_from_the_source_is_up_to_date() -> None:
    """The list of rules, the README's numbers, the hazards and the settings are what the source says."""
    command = [sys.executable, "docs/derived.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_list_of_rules_is_the_catalogue() -> None:
    """docs/rules.md has each rule of the command once, with its code, name and level."""
    command = [sys.executable, "-m", "ungil", "rules", "--format", "json"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    rows = re.findall(r"^\| (UG\d+) \| `([a-z0-9-]+)` \| (\w+) \| (.*) \|$", text_of("docs/rules.md"), re.MULTILINE)
    rules = [(rule["code"], rule["slug"], rule["level"]) for rule in json.loads(printed)["rules"]]
    assert sorted(row[:3] for row in rows) == rules, "run 'make docs'"


def test_the_readme_names_rules_that_exist() -> None:
    """The README's typical rules are in the list of rules under the same code and name."""
    named = re.findall(r"^\| (UG\d+) `([a-z-]+)` \|", text_of("README.md"), re.MULTILINE)
    assert named
    assert [rule for rule in named if "| {} | `{}` |".format(*rule) not in text_of("docs/rules.md")] == []


def test_the_audit_has_nothing_to_say_of_its_own_sources() -> None:
    """The rules find nothing in src, which is an extension too."""
    command = [sys.executable, "-m", "ungil", "audit", "src"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.partition(".")[0]) == (0, "No findings"), done.stdout
