"""A binding locks its arguments and then detaches the thread, which gives the locks up.

What it finds
    A function or method that is bound with ``nb::lock_self()`` or ``nb::arg().lock()`` and with
    ``nb::call_guard<nb::gil_scoped_release>()``.

Why it is unsafe without the GIL
    The locks are critical sections, and a critical section is suspended while its thread is detached. The call guard
    detaches before the function begins and attaches after it has ended: it runs from beginning to end without the
    locks, and any number of threads are in it with one object.

How to fix it
    Leave the call guard out where the function is short. Where it is long, lock with a mutex of the class
    (``std::mutex``), taken by the method itself while it is detached, and never held around calls into Python.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
    https://docs.python.org/3/c-api/synchronization.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every binding that does both."""
    for file in facts.files:
        for binding in file.bindings:
            if binding.detaches and binding.locked_arguments:
                yield rule.finding(
                    file,
                    binding.span,
                    f"'{binding.name}' runs without the lock that its binding asks for: the call guard detaches the "
                    "thread, which gives the lock up for the whole call",
                    fix="leave the call guard out, or let the function take a mutex of the class itself",
                )


rule = Rule(
    code="UG712",
    slug="lock-self-while-detached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "locked and detached",
            """\
NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf")
        .def("sort", &Shelf::sort,  // <--
             nb::lock_self(), nb::call_guard<nb::gil_scoped_release>());
}
""",
            "example.cpp",
        ),
        Good(
            "locked",
            """\
NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("sort", &Shelf::sort, nb::lock_self());
}
""",
            "example.cpp",
        ),
        Good(
            "detached, with a mutex of the class",
            """\
class Shelf {
  public:
    void sort() {
        std::lock_guard<std::mutex> guard(mutex_);
        std::sort(items_.begin(), items_.end());
    }

  private:
    std::mutex mutex_;
    std::vector<int> items_;
};

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("sort", &Shelf::sort, nb::call_guard<nb::gil_scoped_release>());
}
""",
            "example.cpp",
        ),
    ),
)
