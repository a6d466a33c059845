"""[tool.ungil] in pyproject.toml."""

import ast
import dataclasses
from itertools import pairwise
from pathlib import Path

import pytest

from ungil import config
from ungil.config import Settings, model
from ungil.errors import ConfigurationError
from ungil.finding import Severity


def settings(folder: Path, text: str) -> Settings:
    """What a pyproject.toml with this text says."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return config.read(folder)[0]


def test_every_key_is_read(tmp_path: Path) -> None:
    """Each key arrives in its field."""
    text = """
        [tool.ungil]
        select = ["UG1", "missing-gil-declaration"]
        ignore = ["UG102"]
        level = "note"
        exclude = ["tests"]
        include = ["extern/own"]
        generated = true
        vendored = true
        per-file-ignores = {"src/*.h" = ["UG2"]}
        baseline = "known.json"
        cache = false
    """
    assert settings(tmp_path, text) == Settings(
        select=("UG1", "missing-gil-declaration"),
        ignore=("UG102",),
        level=Severity.NOTE,
        exclude=("tests",),
        include=("extern/own",),
        generated=True,
        vendored=True,
        per_file_ignores={"src/*.h": ("UG2",)},
        baseline="known.json",
        cache=False,
    )


def test_the_table_of_the_command_wins(tmp_path: Path) -> None:
    """[tool.ungil.audit] is looked at after [tool.ungil], key by key."""
    text = '[tool.ungil]\nlevel = "note"\nignore = ["UG1"]\n[tool.ungil.audit]\nlevel = "error"\n'
    read = settings(tmp_path, text)
    assert (read.level, read.ignore) == (Severity.ERROR, ("UG1",))


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.black]\n", "# ungil\n", "[tool]\nungil = {}"])
def test_without_a_table_everything_is_as_documented(tmp_path: Path, text: str) -> None:
    """No settings are the default settings."""
    assert settings(tmp_path, text) == Settings()


@pytest.mark.parametrize(
    ("text", "said", "advice"),
    [
        ('[tool.ungil]\nselct = ["UG1"]', "no key 'selct' in \\[tool.ungil\\]", "'select'"),
        ("[tool.ungil.audit]\nper_file_ignores = {}", "'per_file_ignores' in \\[tool.ungil.audit\\]", "'per-file-ignores'"),
        ("[tool.ungil.adit]\nlevel = 'note'", "no key 'adit'", "'audit'"),
        ("[tool.ungil]\nxyzzy = 1", "no key 'xyzzy'", "documented"),
        ('[tool.ungil]\nlevel = "fatal"', "'level' .* must be one of \"error\", \"warning\", \"note\", not 'fatal'", ""),
        ('[tool.ungil]\nselect = "UG1"', "'select' .* must be a list of strings, not 'UG1'", ""),
        ("[tool.ungil]\nignore = [1]", "'ignore' .* must be a list of strings, not \\[1\\]", ""),
        ('[tool.ungil]\ngenerated = "yes"', "'generated' .* must be true or false", ""),
        ("[tool.ungil]\ncache = 1", "'cache' .* must be true or false, not 1", ""),
        ("[tool.ungil]\nbaseline = []", "'baseline' .* must be a string", ""),
        ('[tool.ungil]\nper-file-ignores = {"x" = "UG1"}', "must be a table of lists of strings", ""),
        ("[tool]\nungil = 1", "'tool.ungil' must be a table", "[tool.ungil]"),
        ("[tool.ungil]\naudit = 1", "'tool.ungil.audit' must be a table", "[tool.ungil.audit]"),
        ("[tool.ungil", "is not TOML", ""),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_an_error(tmp_path: Path, text: str, said: str, advice: str) -> None:
    """A slip is named with its place, and with the nearest name or the expected type."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        settings(tmp_path, text)
    assert "pyproject.toml" in caught.value.happened
    assert advice in caught.value.advice


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    (tmp_path / "pyproject.toml").write_bytes(b"\xff[tool.ungil]")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        config.read(tmp_path)


def test_the_nearest_project_upwards_counts_within_the_repository(tmp_path: Path) -> None:
    """A folder belongs to the project above it, but not to one beyond the top of its repository."""
    settings(tmp_path, '[tool.ungil]\nlevel = "note"\n')
    (tmp_path / "src" / "deep").mkdir(parents=True)
    assert config.read(tmp_path / "src" / "deep") == (Settings(level=Severity.NOTE), tmp_path.resolve())
    (tmp_path / "src" / ".git").mkdir()
    assert config.read(tmp_path / "src" / "deep")[0] == Settings()


def test_every_field_is_documented_in_place() -> None:
    """Under each field of Settings stands a string that says what it means."""
    body = next(n for n in ast.parse(Path(model.__file__).read_text("utf-8")).body if isinstance(n, ast.ClassDef)).body
    documented = [
        field.target.id
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    ]
    assert documented == [field.name for field in dataclasses.fields(Settings)]
