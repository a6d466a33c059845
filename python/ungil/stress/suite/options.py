"""What pytest is told so that a session proves something, whatever a project has set for its own."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["FIXED", "kept"]

FIXED: Final = (
    "--continue-on-collection-errors",
    "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-p", "no:pytest_cov", "-p", "no:timeout",
    "-p", "no:rerunfailures", "-p", "no:flaky", "-p", "no:randomly", "-p", "no:random_order", "-p", "no:forked",
    "-o", "required_plugins=", "-o", "minversion=", "-o", "strict_config=false", "-o", "strict_markers=false",
    "-W", "ignore::pytest.PytestConfigWarning", "-W", "ignore::pytest.PytestUnknownMarkWarning",
    "--tb=short", "-q", "--color=no",
)  # fmt: skip
"""Plugins that run tests elsewhere, again, in another order or under another deadline are kept out."""

_DROPPED: Final = (
    "-n", "--numprocesses", "--dist", "--maxprocesses", "--cov", "--no-cov", "-x", "--exitfirst", "--maxfail",
    "--timeout", "--lf", "--last-failed", "--ff", "--failed-first", "--sw", "--stepwise", "--junit", "--html",
    "--self-contained-html", "--durations", "--benchmark", "--codspeed", "--forked", "--reruns", "--only-rerun",
    "--parallel-threads", "--iterations", "--pdb", "--trace", "--random", "--strict", "--color", "--tb", "--capture",
    "--cache-", "--basetemp", "--rootdir", "--log-", "--report-log", "-q", "--quiet", "-v", "--verbose", "-r", "-s",
    "--showlocals", "-l", "--flake", "--mypy", "--black", "--ruff", "--isort", "--pylint", "--pep8",
    "--doctest-glob", "--no-header", "--no-summary", "--force-sugar", "--instafail", "--emoji", "--md",
)  # fmt: skip
_QUIET: Final = ("-q", "--quiet", "-v", "--verbose", "-r", "-s", "--showlocals", "-l", "--durations", "--color", "--tb",
                 "--no-header", "--no-summary", "--strict", "--junit", "--html")  # fmt: skip
"""Of those, the ones that only change what is printed: nobody need be told."""

_WITH_VALUE: Final = frozenset(
    {"-n", "--numprocesses", "--dist", "--maxfail", "--timeout", "--durations", "--cov-config", "--junitxml", "-r"}
    | {"--reruns", "--color", "--tb", "--log-level", "--log-cli-level", "--basetemp", "--rootdir", "--maxprocesses"}
    | {"--parallel-threads", "--iterations", "--capture", "--cov-report", "--html", "--doctest-glob"}
)
_PLUGINS: Final = ("xdist", "cov", "pytest_cov", "timeout", "rerunfailures", "randomly", "forked")


def kept(addopts: str | Sequence[str]) -> tuple[list[str], list[str]]:
    """Of the options that a project gives pytest each time, those that stay, and those of which somebody is told.

    Args:
        addopts: as in the project's settings.
    """
    words = list(addopts) if not isinstance(addopts, str) else _split(addopts)
    stay: list[str] = []
    dropped: list[str] = []
    while words:
        word = words.pop(0)
        if word == "-p" and words:
            plugin = words.pop(0)
            (dropped if plugin.startswith(_PLUGINS) else stay).extend([word, plugin])
        elif _is_dropped(word):
            value = [words.pop(0)] if word in _WITH_VALUE and words and not words[0].startswith("-") else []
            if not _matches(word, _QUIET):
                dropped.append(" ".join([word, *value]))
        else:
            stay.append(word)
    return stay, dropped


def _is_dropped(word: str) -> bool:
    return _matches(word, _DROPPED)


def _matches(word: str, names: Iterable[str]) -> bool:
    """Long ones by how they begin; of short ones, also several in one word (``-ra``, ``-vv``, ``-n4``)."""
    if word.startswith("--"):
        return any(word.startswith(name) for name in names if name.startswith("--"))
    return word.startswith("-") and any(word.startswith(name) for name in names if not name.startswith("--"))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
