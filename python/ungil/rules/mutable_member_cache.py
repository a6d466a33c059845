"""A const method of a bound C++ object fills a cache without a lock.

What it finds
    Classes that pybind11, nanobind or Boost.Python show to Python, of which a method changes a ``mutable`` member and
    holds no lock there. Mutexes and atomics, which are mutable for good reason, are left alone. One finding for each
    class.

Why it is unsafe without the GIL
    Whoever calls a const method expects that threads may do so at once. With a cache behind it two of them fill it at
    the same time, or one reads it half-filled: the flag is set and the value is not there yet.

How to fix it
    Compute in the constructor; or keep a mutex with the cache and hold it for test, fill and read; or fill it under
    ``std::call_once`` with the thread detached (``nb::gil_scoped_release``, ``py::gil_scoped_release``).

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
    https://isocpp.github.io/CppCoreGuidelines/CppCoreGuidelines#Rconc-data
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.bound import SYNCHRONISED, BoundClasses
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first unlocked change of a mutable member in each bound class."""
    for name, uses in BoundClasses(facts).uses():
        changes = [u for u in uses if u.is_mutable and u.kind != "read" and u.field_type not in SYNCHRONISED]
        if changes:
            first = changes[0]
            yield rule.finding(
                first.method.file,
                first.span,
                f"two threads in {first.method.name}() of one {name} both fill '{first.field}', or one reads it "
                "half-filled: it is mutable, and no lock is held",
                fix="compute it in the constructor, or hold a mutex of the class for test, fill and read",
                confidence=Confidence.MEDIUM,
                evidence=("mutable and changed without a lock: " + ", ".join(sorted({u.field for u in changes})),),
            )


rule = Rule(
    code="UG224",
    slug="mutable-member-cache",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a value that is computed when it is asked for",
            """\
class Polygon {
  public:
    double area() const {
        if (!known_) {
            area_ = compute();  // <--
            known_ = true;
        }
        return area_;
    }

  private:
    mutable double area_ = 0;
    mutable bool known_ = false;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Polygon>(m, "Polygon").def("area", &Polygon::area);
}
""",
            "example.cpp",
        ),
        Good(
            "under a mutex",
            """\
class Polygon {
  public:
    double area() const {
        std::lock_guard<std::mutex> guard(mutex_);
        if (!known_) {
            area_ = compute();
            known_ = true;
        }
        return area_;
    }

  private:
    mutable std::mutex mutex_;
    mutable double area_ = 0;
    mutable bool known_ = false;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Polygon>(m, "Polygon").def("area", &Polygon::area);
}
""",
            "example.cpp",
        ),
        Good(
            "an assignment, which makes a copy",
            """\
class Polygon {
  public:
    Polygon &operator=(const Polygon &other) {
        area_ = other.area_;
        return *this;
    }

  private:
    mutable double area_ = 0;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Polygon>(m, "Polygon").def(py::init<>());
}
""",
            "example.cpp",
        ),
        Good(
            "a counter that is atomic",
            """\
class Polygon {
  public:
    double area() const {
        ++calls_;
        return compute();
    }

  private:
    mutable std::atomic<long> calls_{0};
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Polygon>(m, "Polygon").def("area", &Polygon::area);
}
""",
            "example.cpp",
        ),
    ),
)
