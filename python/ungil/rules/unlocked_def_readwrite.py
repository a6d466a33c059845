"""Python writes a field directly that C++ methods write too.

What it finds
    Fields that ``def_readwrite`` (pybind11, Boost.Python) or ``def_rw`` (nanobind) opens to Python, and that a method
    of the class writes as well; and those that ``def_readonly`` or ``def_ro`` shows, if they hold more than a number
    and Python can call the method. One finding for each class.

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

from ungil.facts.model import Facts, MemberUse
from ungil.facts.native.bound import SYNCHRONISED, BoundClasses
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_OPENS = frozenset({"def_rw", "def_readwrite"})
_SHOWS = frozenset({"def_ro", "def_readonly"})
_NUMBERS = frozenset({"int", "unsigned", "long", "short", "char", "bool", "float", "double", "size_t", "Py_ssize_t"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first such field of each class."""
    written: dict[tuple[str, str], MemberUse] = {}
    for name, uses in BoundClasses(facts, also_locked=True).uses():
        for use in uses:
            if use.kind != "read" and use.field_type not in SYNCHRONISED:
                key = (name, use.field)
                written[key] = use if key not in written or use.method.is_bound else written[key]
    reported: set[str] = set()
    for binding in (b for file in facts.files for b in file.bindings if b.how in _OPENS | _SHOWS):
        shown = written.get((binding.scope, binding.name))
        if shown is None or binding.scope in reported or (binding.how in _SHOWS and not _is_torn(shown)):
            continue
        reported.add(binding.scope)
        method = shown.method.name
        does = "set" if binding.how in _OPENS else "copy"
        yield rule.finding(
            binding.file,
            binding.span,
            f"{binding.how}() lets one thread {does} '{binding.name}' of a {binding.scope} while another is in "
            f"{method}(), which writes it: no lock is taken for the field",
            fix="bind a getter and a setter that take the lock of the class, or make the field atomic",
            confidence=Confidence.MEDIUM,
            evidence=(f"{binding.scope}::{method}() writes '{binding.name}'",),
        )


def _is_torn(use: MemberUse) -> bool:
    """Python can be in the method that writes it, and it is more than a number."""
    return use.method.is_bound and use.field_type not in _NUMBERS and not use.field_type.endswith("_t")


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
        Bad(
            "a string that is shown, and renamed by a method",
            """\
class Shelf {
  public:
    void rename(std::string name) {
        std::lock_guard<std::mutex> guard(mutex_);
        name_ = std::move(name);
    }
    std::mutex mutex_;
    std::string name_;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Shelf>(m, "Shelf").def_readonly("name", &Shelf::name_).def("rename", &Shelf::rename);  // <--
}
""",
            "example.cpp",
        ),
        Good(
            "a number that is shown",
            """\
struct Counter {
    int value = 0;
    void set(int n) { value = n; }
};

NB_MODULE(spam, m) {
    nb::class_<Counter>(m, "Counter").def_ro("value", &Counter::value).def("set", &Counter::set, nb::lock_self());
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
