"""A Rust extension is not read here: another tool does that.

What it finds
    A ``Cargo.toml`` that depends on PyO3. One for a project.

Why it is unsafe without the GIL
    Rust rules out data races in its own code, not what an extension does beside: a ``&mut self`` that two threads
    want ("Already borrowed"), a ``OnceLock`` that is waited on while attached, ``static mut`` and raw pointers in
    ``unsafe``, ``freelist`` before 0.23.5, raw calls of the C API.

How to fix it
    Run ftcheck on the crate; read the page of PyO3 on free threading; test with threads.

References
    https://pyo3.rs/latest/free-threading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.packaging.model import Seen
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first crate."""
    for found in facts.packaging.seen(Seen.PYO3)[:1]:
        yield rule.finding(
            found.spot.file,
            found.spot.place,
            "Rust is not read here: deadlocks, 'Already borrowed' and unsafe code are for ftcheck to find",
            fix="run ftcheck on the crate",
        )


rule = Rule(
    code="UG741",
    slug="rust-is-not-read",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a crate",
            """\
[package]
name = "spam"

[dependencies]
pyo3 = "0.28"  # <--
""",
            "Cargo.toml",
        ),
        Good(
            "a crate that has nothing to do with Python",
            """\
[package]
name = "spam"

[dependencies]
serde = "1"
""",
            "Cargo.toml",
        ),
    ),
)
