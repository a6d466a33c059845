"""The settings of the project that a command line names, as seen from the folder that it names."""

from __future__ import annotations

from pathlib import Path

from ungil import source
from ungil.config import Settings, read
from ungil.patterns import matcher

__all__ = ["per_file_ignores", "settings_of", "wanted"]


def settings_of(path: Path, *, no_config: bool) -> tuple[Settings, Path]:
    """What is set for a folder, and the project's own folder. Archives, releases and single files have no settings.

    Raises:
        ConfigurationError: ``pyproject.toml`` holds what means nothing.
    """
    return read(path) if path.is_dir() and not no_config else (Settings(), path)


def wanted(path: Path, settings: Settings, home: Path) -> source.Wanted:
    """Which files are read."""
    return source.Wanted(
        generated=settings.generated,
        bundled=settings.vendored,
        is_excluded=matcher(_below(pattern, home, path) for pattern in settings.exclude),
        is_included=matcher(_below(pattern, home, path) for pattern in settings.include),
    )


def per_file_ignores(path: Path, settings: Settings, home: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Patterns of paths, and the rules that are not looked for there."""
    return tuple((_below(pattern, home, path), rules) for pattern, rules in settings.per_file_ignores.items())


def _below(pattern: str, home: Path, path: Path) -> str:
    """A pattern that starts at the project's folder, as seen from the named one."""
    inside = path.resolve().relative_to(home.resolve()).as_posix()
    trimmed = pattern.removeprefix("./").lstrip("/")
    anchored = "/" in pattern.rstrip("/")
    if inside == "." or not anchored:
        return pattern
    return f"/{trimmed.removeprefix(f'{inside}/')}" if trimmed.startswith(f"{inside}/") else pattern
