"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from benchmarks.audit.results import Results
from benchmarks.target import Target

__all__ = ["TARGETS"]


def _lines(found: Results) -> int:
    return found["corpora"]["ordinary"]["lines"]


TARGETS: tuple[Target[Results], ...] = (
    Target(
        "lines a second, `ungil audit` from its start to its end, five ordinary packages",
        300_000,
        at_least=True,
        value=lambda found: _lines(found) / found["measured"]["audit"],
    ),
    Target(
        "lines a second, the scanner alone on two threads, the same packages",
        1_000_000,
        at_least=True,
        value=lambda found: _lines(found) / found["measured"]["scan_two_threads"],
    ),
    Target(
        "the scanner's lines a second on two threads over those on one",
        1.7,
        at_least=True,
        value=lambda found: found["measured"]["scan_one_thread"] / found["measured"]["scan_two_threads"],
    ),
    Target(
        "seconds, `ungil audit --generated` of lxml's generated C",
        3.0,
        at_least=False,
        value=lambda found: found["measured"]["audit_generated"],
    ),
    Target(
        "seconds, `ungil audit` of NumPy", 5.0, at_least=False, value=lambda found: found["measured"]["audit_large"]
    ),
    Target(
        "MiB at most, the same",
        400.0,
        at_least=False,
        value=lambda found: found["measured"]["large_mebibytes"],
    ),
    Target(
        "a second run on an unchanged tree, in terms of the first",
        0.25,
        at_least=False,
        value=lambda found: found["measured"]["audit_again"] / found["measured"]["audit"],
    ),
    Target(
        "faster, whole processes: `ungil audit` than parsing alone with tree-sitter",
        1.0,
        at_least=True,
        value=lambda found: found["measured"]["peer_process"] / found["measured"]["audit"],
    ),
)
