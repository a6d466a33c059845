"""A shared_ptr in a bound C++ object is replaced without a lock.

What it finds
    Classes that pybind11, nanobind or Boost.Python show to Python, of which a bound method assigns a
    ``std::shared_ptr`` member, or resets or swaps it, without a lock. One finding for each class.

Why it is unsafe without the GIL
    The count of a ``shared_ptr`` is atomic, the pointer itself is not. While one thread assigns the member another
    copies it: it takes the old pointer and counts a block that the first has freed.

How to fix it
    ``std::atomic<std::shared_ptr<T>>`` (C++20), ``std::atomic_store()`` and ``std::atomic_load()`` before, or a mutex
    of the class in every method that uses the member; in nanobind ``nb::lock_self()`` (2.2) on each binding.

References
    https://en.cppreference.com/w/cpp/memory/shared_ptr/atomic2
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.bound import BoundClasses
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first unlocked replacement in each bound class."""
    for name, uses in BoundClasses(facts).uses():
        changes = [u for u in uses if u.field_type == "shared_ptr" and u.kind != "read" and u.method.is_bound]
        if changes:
            first = changes[0]
            yield rule.finding(
                first.method.file,
                first.span,
                f"{first.method.name}() replaces '{first.field}' of a {name} while another thread copies it: the copy "
                "counts a block that is freed already",
                fix="make it a std::atomic<std::shared_ptr> (C++20), or hold a mutex of the class in every method "
                "that uses it",
                confidence=Confidence.MEDIUM,
                evidence=("replaced without a lock: " + ", ".join(sorted({u.field for u in changes})),),
            )


rule = Rule(
    code="UG225",
    slug="shared-ptr-member-replaced",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a setter",
            """\
class Reader {
  public:
    void set_source(std::shared_ptr<Source> source) { source_ = std::move(source); }  // <--
    int size() const { return source_->size(); }

  private:
    std::shared_ptr<Source> source_;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Reader>(m, "Reader").def("set_source", &Reader::set_source).def("size", &Reader::size);
}
""",
            "example.cpp",
        ),
        Good(
            "set once, by the constructor",
            """\
class Reader {
  public:
    explicit Reader(std::shared_ptr<Source> source) { source_ = std::move(source); }
    int size() const { return source_->size(); }

  private:
    std::shared_ptr<Source> source_;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Reader>(m, "Reader").def(py::init<std::shared_ptr<Source>>()).def("size", &Reader::size);
}
""",
            "example.cpp",
        ),
        Good(
            "under a mutex",
            """\
class Reader {
  public:
    void set_source(std::shared_ptr<Source> source) {
        std::lock_guard<std::mutex> guard(mutex_);
        source_.swap(source);
    }

  private:
    std::mutex mutex_;
    std::shared_ptr<Source> source_;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Reader>(m, "Reader").def("set_source", &Reader::set_source);
}
""",
            "example.cpp",
        ),
    ),
)
