"""What can be set in pyproject.toml.

    [tool.ungil]                     # for every command that reports findings
    level = "note"
    ignore = ["missing-gil-declaration"]

    [tool.ungil.audit]               # for `ungil audit` alone; wins over [tool.ungil]
    exclude = ["tests/data"]

    [tool.ungil.audit.per-file-ignores]
    "src/compat/*.h" = ["UG1"]

Both tables take the same keys. A key is the name of a field here, with ``-`` for ``_``; the string under a field is its
documentation. What is given on the command line wins over both. Paths and patterns start at the folder of the
pyproject.toml. Patterns: ``*`` and ``?`` within a name, ``**`` for any number of folders; without a slash, the name of
a file or folder anywhere; a folder means all that is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ungil.finding import Severity

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of ``ungil audit``."""

    select: tuple[str, ...] = ()
    """The rules that are looked for: codes (``UG101``), beginnings of codes (``UG1``), or names. Empty: all."""

    ignore: tuple[str, ...] = ()
    """Rules that are not looked for, even if selected, written as in ``select``."""

    level: Severity = Severity.WARNING
    """The least serious level that is reported, and that makes the command exit with 1: error, warning or note."""

    exclude: tuple[str, ...] = ()
    """Patterns of files that are not read."""

    include: tuple[str, ...] = ()
    """Patterns of files that are read although they look generated or bundled with the project."""

    generated: bool = False
    """Read all files that say that they were generated."""

    vendored: bool = False
    """Read all folders that look like bundled copies of other projects."""

    per_file_ignores: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Rules that are not looked for in files that match a pattern."""

    baseline: str = ""
    """A file of findings that are known, as ``--write-baseline`` writes it; they are not reported. Empty: none."""

    cache: bool = True
    """Keep analyses in the user's cache folder, so that an unchanged tree is not read twice."""
