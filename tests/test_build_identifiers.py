"""The wheels that cibuildwheel.toml comes to, against the list of those that are meant to be shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.build_identifiers import SHIPPED, build_identifiers

ROOT = Path(__file__).resolve().parents[1]

# The stable ABI for every GIL-enabled version from 3.12 on, and each free-threaded version for itself.
PYTHONS = ("cp312", "cp314t", "cp315t")


@pytest.mark.parametrize("platform", [*SHIPPED, "pyodide"])
def test_exactly_the_wheels_meant_to_be_shipped_are_built(platform: str) -> None:
    """Asked for every architecture that cibuildwheel knows, each platform builds the listed wheels and no other."""
    meant = {f"{python}-{tag}" for python in PYTHONS for tag in SHIPPED.get(platform, ())}
    assert build_identifiers(ROOT, platform, "--archs", "all") == meant


def test_nothing_is_emulated_unless_asked_for() -> None:
    """Without an explicit architecture, Linux wheels are built for one architecture only: the machine's own."""
    assert len({name.partition("linux_")[2] for name in build_identifiers(ROOT, "linux")}) == 1
