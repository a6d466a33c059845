"""A bound class exports the memory of a container that a method of it may move.

What it finds
    ``def_buffer`` (pybind11) on a class of which a method changes the length of a container member: ``resize()``,
    ``push_back()``, ``insert()``, ``clear()``. One finding for each class.

Why it is unsafe without the GIL
    A ``memoryview`` or a NumPy array that was made from the object keeps the object alive, not its memory: pybind11
    hands out the pointer and is not told to wait. When another thread makes the container grow, its elements move, and
    the first one reads and writes what was freed. With the GIL this needed code that resized under a view of its own;
    without it any two threads with the object do.

How to fix it
    Export memory that is never moved, such as a ``std::unique_ptr<T[]>`` of fixed size, or a copy. Or count the
    exports in the class and refuse to resize while there are any, under one lock.

References
    https://pybind11.readthedocs.io/en/stable/advanced/pycpp/numpy.html#buffer-protocol
    https://docs.python.org/3/c-api/buffer.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Call, Facts, MemberUse
from ungil.facts.native.bound import BoundClasses, moves_elements
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_EXPORTS = frozenset({"def_buffer"})
_TYPE = re.compile(r"(?:&\s*(?:\w+::)*?|\(\s*(?:const\s+)?(?:\w+::)*)(\w+)(?=::\w+\s*$|\s*(?:const\s*)?[&*])")


def check(facts: Facts) -> Iterator[Finding]:
    """Every export of a class whose containers change their length."""
    calls = list(facts.calls_to(_EXPORTS))
    if not calls:
        return
    classes = BoundClasses(facts, also_locked=True).uses()
    moves = {name: next(filter(moves_elements, uses), None) for name, uses in classes}
    for call in calls:
        moved = moves.get(_exported(call))
        if moved is not None:
            yield _finding(call, moved)


def _exported(call: Call) -> str:
    """The class: of ``&Class::method``, or of the first parameter of a lambda."""
    found = _TYPE.search(call.arguments[0].text) if call.arguments else None
    return found[1] if found is not None else ""


def _finding(call: Call, moved: MemberUse) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"the memory of a {moved.type} is exported, and {moved.method.name}() may move '{moved.field}' in another "
        "thread: a memoryview then points to what was freed",
        fix="export memory of a fixed size or a copy, or refuse to change the container while there are exports",
        confidence=Confidence.MEDIUM,
        evidence=(f"{moved.method.name}() changes it in line {moved.span.line} of {moved.method.file.path}",),
    )


rule = Rule(
    code="UG709",
    slug="buffer-of-growing-container",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a vector that grows",
            """\
class Samples {
  public:
    void add(double x) {
        std::lock_guard<std::mutex> guard(mutex_);
        data_.push_back(x);
    }
    double *data() { return data_.data(); }
    size_t size() { return data_.size(); }

  private:
    std::mutex mutex_;
    std::vector<double> data_;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Samples>(m, "Samples", py::buffer_protocol())
        .def("add", &Samples::add)
        .def_buffer([](Samples &s) { return py::buffer_info(s.data(), s.size()); });  // <--
}
""",
            "example.cpp",
        ),
        Good(
            "a size that is fixed when the object is made",
            """\
class Samples {
  public:
    explicit Samples(size_t n) : data_(n) {}
    double *data() { return data_.data(); }
    size_t size() { return data_.size(); }

  private:
    std::vector<double> data_;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Samples>(m, "Samples", py::buffer_protocol())
        .def(py::init<size_t>())
        .def_buffer([](Samples &s) { return py::buffer_info(s.data(), s.size()); });
}
""",
            "example.cpp",
        ),
    ),
)
