"""A Rust extension is kept to a PyO3 that knows no free-threaded build.

What it finds
    A requirement in ``Cargo.toml`` that only PyO3 before 0.23 meets.

Why it is unsafe without the GIL
    It is not: 0.23 is the first version that builds for a free-threaded Python; with older ones the build stops.

How to fix it
    Raise the requirement; from 0.28 on a module declares that it runs without the GIL unless it says otherwise.

References
    https://pyo3.rs/latest/free-threading.html
    https://pyo3.rs/latest/migration.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every requirement that stays below."""
    for wanted in facts.packaging.outdated_crates:
        yield rule.finding(
            wanted.spot.file,
            wanted.spot.place,
            f'{wanted.name} = "{wanted.text}" stays below {wanted.first}: {wanted.lacks}',
            fix="raise it to 0.28 or later",
        )


rule = Rule(
    code="UG740",
    slug="old-pyo3",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a version from before",
            """\
[package]
name = "spam"

[dependencies]
pyo3 = { version = "0.22", features = ["extension-module"] }  # <--
""",
            "Cargo.toml",
        ),
        Good(
            "one that knows",
            """\
[package]
name = "spam"

[dependencies]
spam-core = "0.22"
""",
            "Cargo.toml",
        ),
    ),
)
