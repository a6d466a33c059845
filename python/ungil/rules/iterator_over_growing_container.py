"""A bound class hands out an iterator over a container that a method of it may move.

What it finds
    ``make_iterator()``, ``make_key_iterator()`` or ``make_value_iterator()`` of pybind11 or nanobind over a container
    member that a bound method changes: ``push_back()``, ``insert()``, ``erase()``, ``clear()``. One finding for each
    class.

Why it is unsafe without the GIL
    What Python gets holds two C++ iterators, and ``keep_alive`` keeps the object, not its elements. No lock is held
    from one ``next()`` to the next, whatever the methods lock. When another thread makes the container grow or shrink
    in between, both iterators point to freed memory. Two threads that share the iterator itself also race on its
    position.

How to fix it
    Iterate over a copy: return ``py::iter(py::cast(items))`` of a vector that was copied under the lock, or bind
    ``__len__`` and a checked, locked ``__getitem__`` instead.

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#free-threading-support
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Call, Facts, MemberUse
from ungil.facts.native.bound import BoundClasses, moves_elements
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MAKES = frozenset({"make_iterator", "make_key_iterator", "make_value_iterator"})
_FIELD = re.compile(r"(\w+)\s*(?:\.|->)\s*c?begin\s*\(\s*\)$")


def check(facts: Facts) -> Iterator[Finding]:
    """The first such iterator over each container."""
    calls = list(facts.calls_to(_MAKES))
    if not calls:
        return
    moved: dict[str, list[MemberUse]] = {}
    for _, uses in BoundClasses(facts, also_locked=True).uses():
        for use in filter(moves_elements, uses):
            moved.setdefault(use.field, []).append(use)
    reported: set[tuple[str, str]] = set()
    for call in calls:
        walked = _walked(call, moved)
        if walked is not None and (walked.type, walked.field) not in reported:
            reported.add((walked.type, walked.field))
            yield _finding(call, walked)


def _walked(call: Call, moved: dict[str, list[MemberUse]]) -> MemberUse | None:
    """The change of the container over which the iterator goes."""
    for value in call.arguments:
        field = _FIELD.search(value.text)
        if field is not None:
            uses = moved.get(field[1], [])
            owner = re.match(r"(\w+)\s*(?:\.|->)", value.text)
            declared = call.function.type_of(owner[1]) if owner is not None else ""
            return next((u for u in uses if u.type == declared), uses[0] if len({u.type for u in uses}) == 1 else None)
    return None


def _finding(call: Call, use: MemberUse) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"the iterator keeps its place in '{use.field}' of a {use.type} without a lock, and {use.method.name}() "
        "moves the elements in another thread: the next step reads what was freed",
        fix="iterate over a copy that is made under the lock, or bind __len__ and a locked, checked __getitem__",
        confidence=Confidence.MEDIUM,
        evidence=(f"{use.method.name}() changes it in line {use.span.line} of {use.method.file.path}",),
    )


rule = Rule(
    code="UG710",
    slug="iterator-over-growing-container",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a member that others append to",
            """\
struct Shelf {
    void put(int n) {
        std::lock_guard<std::mutex> guard(mutex);
        items.push_back(n);
    }
    std::mutex mutex;
    std::vector<int> items;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Shelf>(m, "Shelf")
        .def("put", &Shelf::put)
        .def("__iter__", [](Shelf &s) { return py::make_iterator(s.items.begin(), s.items.end()); },  // <--
             py::keep_alive<0, 1>());
}
""",
            "example.cpp",
        ),
        Good(
            "a copy",
            """\
struct Shelf {
    void put(int n) {
        std::lock_guard<std::mutex> guard(mutex);
        items.push_back(n);
    }
    std::vector<int> copy() {
        std::lock_guard<std::mutex> guard(mutex);
        return items;
    }
    std::mutex mutex;
    std::vector<int> items;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Shelf>(m, "Shelf")
        .def("put", &Shelf::put)
        .def("__iter__", [](Shelf &s) { return py::iter(py::cast(s.copy())); });
}
""",
            "example.cpp",
        ),
        Good(
            "a container that is filled by the constructor",
            """\
struct Shelf {
    explicit Shelf(std::vector<int> given) : items(std::move(given)) {}
    std::vector<int> items;
};

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::class_<Shelf>(m, "Shelf")
        .def(py::init<std::vector<int>>())
        .def("__iter__", [](Shelf &s) { return py::make_iterator(s.items.begin(), s.items.end()); });
}
""",
            "example.cpp",
        ),
    ),
)
