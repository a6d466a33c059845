"""What a run found, as JSON: the page is rendered from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

VERSION = 1

ORDINARY = (
    "pillow==13.0.0",
    "multidict==7.2.1",
    "msgpack==1.2.4",
    "simplejson==4.3.0",
    "zope.interface==8.7",
)
GENERATED = "lxml==6.1.3"
LARGE = "numpy==2.5.5"


class Corpus(TypedDict):
    """What was read."""

    releases: list[str]
    files: int
    lines: int


class Measured(TypedDict):
    """Medians, in seconds and MiB; `peer` is tree-sitter over the same files as `ordinary`."""

    audit: float
    audit_again: float
    audit_generated: float
    audit_large: float
    large_mebibytes: float
    scan_one_thread: float
    scan_two_threads: float
    peer_process: float
    peer_parse: float
    import_cli: float
    import_rules: float
    rules: int


class Results(TypedDict):
    """A whole run."""

    version: int
    ungil: str
    python: str
    cpu: str
    cpus: int
    system: str
    load: float
    peers: dict[str, str]
    rounds: int
    corpora: dict[str, Corpus]
    measured: Measured


def dump(found: Results) -> str:
    """As it stands in the file."""
    return json.dumps(found, indent=2) + "\n"


def load(path: Path) -> Results:
    """From a file.

    Raises:
        ValueError: it is of another version.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    if found.get("version") != VERSION:
        raise ValueError(f"{path} is of version {found.get('version')}, not {VERSION}: run make bench-audit")
    return cast("Results", found)
