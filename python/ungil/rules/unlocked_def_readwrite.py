"""Python writes a field directly that C++ methods write too.

What it finds
    Fields that ``def_readwrite`` (pybind11, Boost.Python) or ``def_rw`` (nanobind) opens to Python, and that a method
    of the class writes as well. One finding for each class.

Why it is unsafe without the GIL
    Such a binding reads and writes the field without any lock, while another thread is in the method that changes it:
    an update is lost, and for anything larger than a word, a string or a vector, the reader sees half of it.

How to fix it
    Bind a getter and a setter that take the lock of the class (``def_property``, ``def_prop_rw``), or make the field
    atomic.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.bound import SYNCHRONISED, BoundClasses
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_OPENS = frozenset({"def_rw", "def_readwrite"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first such field of each class."""
    written = {
        (name, use.field): use.method.name
        for name, uses in BoundClasses(facts, also_locked=True).uses()
        for use in uses
        if use.kind != "read" and use.field_type not in SYNCHRONISED
    }
    reported: set[str] = set()
    for binding in (b for file in facts.files for b in file.bindings if b.how in _OPENS):
        method = written.get((binding.scope, binding.name))
        if method is None or binding.scope in reported:
            continue
        reported.add(binding.scope)
        yield rule.finding(
            binding.file,
            binding.span,
            f"{binding.how}() lets one thread set '{binding.name}' of a {binding.scope} while another is in "
            f"{method}(), which writes it too: no lock is taken for the field",
            fix="bind a getter and a setter that take the lock of the class, or make the field atomic",
            confidence=Confidence.MEDIUM,
            evidence=(f"{binding.scope}::{method}() writes '{binding.name}'",),
        )


rule = Rule(
    code="UG229",
    slug="unlocked-def-readwrite",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a counter that is a field and has a method",
            """\
struct Counter {
    int value = 0;
    void increment() { ++value; }
};

NB_MODULE(spam, m) {
    nb::class_<Counter>(m, "Counter")
        .def_rw("value", &Counter::value)  // <--
        .def("increment", &Counter::increment);
}
""",
            "example.cpp",
        ),
        Good(
            "an atomic",
            """\
struct Counter {
    std::atomic<int> value{0};
    void increment() { ++value; }
};

NB_MODULE(spam, m) {
    nb::class_<Counter>(m, "Counter")
        .def_prop_rw("value", &Counter::get, &Counter::set)
        .def("increment", &Counter::increment);
}
""",
            "example.cpp",
        ),
        Good(
            "plain data that no method writes",
            """\
struct Options {
    int depth = 0;
    int twice() const { return 2 * depth; }
};

NB_MODULE(spam, m) {
    nb::class_<Options>(m, "Options").def_rw("depth", &Options::depth).def("twice", &Options::twice);
}
""",
            "example.cpp",
        ),
    ),
)
