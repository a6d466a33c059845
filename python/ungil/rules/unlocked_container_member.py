"""A container in a bound C++ object changes without a lock.

What it finds
    Classes that pybind11, nanobind or Boost.Python show to Python, of which a method changes a container member
    (``std::vector``, ``std::map``, ``std::string`` and their kin) and holds no lock there, where a bound method uses
    the same member. One finding for each class.

Why it is unsafe without the GIL
    Python hands one object to as many threads as it likes, and each call enters the C++ method directly. While one
    thread is in ``push_back()`` or ``insert()``, which move or free the elements, another walks over them or changes
    them too: the memory that it uses is gone.

How to fix it
    Give the class a mutex and hold it in every method that uses the container (``nb::ft_mutex`` with
    ``nb::ft_lock_guard``, a ``std::mutex`` that is never held around calls into Python), or let the binding lock the
    object: ``nb::lock_self()`` (nanobind 2.2), ``py::scoped_critical_section`` (pybind11 3.0) in a wrapper.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#free-threading-support
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.bound import CONTAINERS, BoundClasses
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first unlocked change of a container in each bound class."""
    for name, uses in BoundClasses(facts).uses():
        changes = [u for u in uses if u.field_type in CONTAINERS and u.kind != "read" and not u.is_mutable]
        entered = {u.field for u in uses if u.method.is_bound}
        changes = [u for u in changes if u.field in entered and (u.method.is_bound or len(u.method.callers) > 0)]
        if not changes:
            continue
        first = next((u for u in changes if u.method.is_bound), changes[0])
        others = sorted({u.method.name for u in uses if u.field == first.field and u.method.key != first.method.key})
        other = f"{others[0]}()" if others else f"{first.method.name}() on the same object"
        yield rule.finding(
            first.method.file,
            first.span,
            f"{first.method.name}() changes '{first.field}' of a {name} without a lock while another thread is in "
            f"{other}: elements that it uses are moved or freed",
            fix="hold one mutex of the class in every method that uses it, or bind with nb::lock_self() "
            "(nanobind 2.2) or a py::scoped_critical_section (pybind11 3.0)",
            confidence=Confidence.MEDIUM,
            evidence=("changed without a lock: " + ", ".join(sorted({u.field for u in changes})),),
        )


rule = Rule(
    code="UG223",
    slug="unlocked-container-member",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a vector that one method grows and another reads",
            """\
class Shelf {
  public:
    void put(int n) { items_.push_back(n); }  // <--
    int last() const { return items_.back(); }

  private:
    std::vector<int> items_;
};

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("put", &Shelf::put).def("last", &Shelf::last);
}
""",
            "example.cpp",
        ),
        Good(
            "a mutex in both",
            """\
class Shelf {
  public:
    void put(int n) {
        std::lock_guard<std::mutex> guard(mutex_);
        items_.push_back(n);
    }
    int last() const {
        std::lock_guard<std::mutex> guard(mutex_);
        return items_.back();
    }

  private:
    mutable std::mutex mutex_;
    std::vector<int> items_;
};

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("put", &Shelf::put).def("last", &Shelf::last);
}
""",
            "example.cpp",
        ),
        Good(
            "the binding locks the object",
            """\
class Shelf {
  public:
    void put(int n) { items_.push_back(n); }
    int last() const { return items_.back(); }

  private:
    std::vector<int> items_;
};

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf")
        .def("put", &Shelf::put, nb::lock_self())
        .def("last", &Shelf::last, nb::lock_self());
}
""",
            "example.cpp",
        ),
        Good(
            "only the constructor changes it",
            """\
class Shelf {
  public:
    explicit Shelf(int n) { items_.push_back(n); }
    int last() const { return items_.back(); }

  private:
    std::vector<int> items_;
};

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def(nb::init<int>()).def("last", &Shelf::last);
}
""",
            "example.cpp",
        ),
        Good(
            "a class that Python never sees",
            """\
class Shelf {
  public:
    void put(int n) { items_.push_back(n); }
    int last() const { return items_.back(); }

  private:
    std::vector<int> items_;
};
""",
            "example.cpp",
        ),
    ),
)
