"""Of what a project gives pytest each time, what would hide something is left out."""

from __future__ import annotations

import pytest

from ungil.stress.suite.options import kept


@pytest.mark.parametrize(
    ("given", "stay", "told"),
    [
        ("", [], []),
        ("-ra -q --tb=long", [], []),
        ("-n auto --dist loadfile", [], ["-n auto", "--dist loadfile"]),
        ("-n4", [], ["-n4"]),
        ("--cov --cov-report term --doctest-modules", ["--doctest-modules"], ["--cov", "--cov-report term"]),
        ("-p pytest_cov -p my_plugin", ["-p", "my_plugin"], ["-p", "pytest_cov"]),
        ("-m 'not slow' --import-mode=importlib", ["-m", "not slow", "--import-mode=importlib"], []),
        (["-x", "--timeout=5", "--my-own=1"], ["--my-own=1"], ["-x", "--timeout=5"]),
        ("it's", ["it's"], []),
    ],
)
def test_kept(given: str | list[str], stay: list[str], told: list[str]) -> None:
    """Options of plugins that run tests elsewhere or again are dropped and told; those that only print are dropped."""
    assert kept(given) == (stay, told)
