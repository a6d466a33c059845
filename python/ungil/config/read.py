"""From pyproject.toml to ``Settings``. Whatever is not understood is an error that names it: a slip must not pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ungil.config.model import Settings
from ungil.errors import ConfigurationError, nearest
from ungil.finding import Severity

__all__ = ["read"]

_FILE = "pyproject.toml"
_COMMANDS = ("audit",)
_LONGEST = 60  # characters of a wrong value that are shown
_DOCUMENTED = "The keys are documented in ungil.config.model, and in 'ungil audit --help'."
_KEYS = {field.name.replace("_", "-"): field.name for field in dataclasses.fields(Settings)}
_KINDS = {
    "tuple[str, ...]": "a list of strings",
    "bool": "true or false",
    "str": "a string",
    "Severity": "one of " + ", ".join(f'"{severity}"' for severity in Severity),
    "dict[str, tuple[str, ...]]": "a table of lists of strings",
}


def read(folder: Path) -> tuple[Settings, Path]:
    """The settings of the project that a folder belongs to, and the project's own folder.

    The project is the nearest folder upwards with a pyproject.toml, not beyond the top of a repository.

    Raises:
        ConfigurationError: the file is not TOML, or holds a key or a value that means nothing.
    """
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / _FILE).is_file():
            return _read(candidate / _FILE), candidate
        if (candidate / ".git").exists():
            break
    return Settings(), start


def _read(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"'{path}' cannot be read: {error}.", "It must be a file of UTF-8.") from error
    if "ungil" not in text:  # most projects have nothing to say, and TOML takes its time
        return Settings()
    import tomllib  # noqa: PLC0415 - for the same reason

    try:
        plain = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"'{path}' is not TOML: {error}.", "Repair it at that place.") from error
    tools = plain.get("tool", {})
    table = tools.get("ungil", {}) if isinstance(tools, dict) else {}
    return _settings(table, path)


def _settings(table: object, path: Path) -> Settings:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: 'tool.ungil' must be a table.", "Write it as [tool.ungil].")
    shared = {key: value for key, value in table.items() if key not in _COMMANDS}
    audit = table.get("audit", {})
    if not isinstance(audit, dict):
        raise ConfigurationError(f"{path}: 'tool.ungil.audit' must be a table.", "Write it as [tool.ungil.audit].")
    return Settings(**_values(shared, "tool.ungil", path) | _values(audit, "tool.ungil.audit", path))


def _values(table: Mapping[str, object], name: str, path: Path) -> dict[str, Any]:
    kinds = {field.name: str(field.type) for field in dataclasses.fields(Settings)}
    values = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = nearest(key, [*_KEYS, *(_COMMANDS if name == "tool.ungil" else ())])
            raise ConfigurationError(f"{path}: there is no key '{key}' in [{name}].", near or _DOCUMENTED)
        field = _KEYS[key]
        try:
            values[field] = _converted(value, kinds[field])
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"{path}: '{key}' in [{name}] must be {_KINDS[kinds[field]]}, not {_shown(value)}.", _DOCUMENTED
            ) from error
    return values


def _converted(value: object, kind: str) -> object:
    if kind == "Severity" and isinstance(value, str):
        return Severity(value)
    if kind == "tuple[str, ...]" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if kind == "dict[str, tuple[str, ...]]" and isinstance(value, dict):
        return {key: _converted(one, "tuple[str, ...]") for key, one in value.items()}
    if (kind == "bool" and isinstance(value, bool)) or (kind == "str" and isinstance(value, str)):
        return value
    raise TypeError(kind)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
