"""A container of the standard library is bound as it is, and Python changes it without a lock.

What it finds
    ``py::bind_vector`` and ``py::bind_map`` of pybind11, ``vector_indexing_suite`` and ``map_indexing_suite`` of
    Boost.Python. Those of nanobind lock the object since nanobind 3.0, and are left alone. A note: whether threads
    share such a container is not in the source. One finding for each file.

Why it is unsafe without the GIL
    The bound methods, ``append``, ``__setitem__``, ``insert``, ``pop``, go straight to the C++ container, and so does
    the iterator, which holds two C++ iterators. Where a list would lock itself, one thread moves or frees the
    elements that another one reads: no exception, freed memory.

How to fix it
    Convert to and from Python's own containers (``pybind11/stl.h``); or bind a class of your own whose methods lock.
    ``nb::bind_vector`` and ``nb::bind_map`` of nanobind lock the object since 3.0.

References
    https://pybind11.readthedocs.io/en/stable/advanced/cast/stl.html
    https://nanobind.readthedocs.io/en/latest/changelog.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, File
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_OF_NANOBIND = "nanobind/"  # its headers; whose containers lock since 3.0


def check(facts: Facts) -> Iterator[Finding]:
    """The first such container of each file."""
    for file in facts.files:
        containers = file.bound_containers
        if not containers or _is_of_nanobind(file):
            continue
        how, span = containers[0]
        more = (f"{len(containers) - 1} more in this file",) if len(containers) > 1 else ()
        yield rule.finding(
            file,
            span,
            f"{how} shows a C++ container whose methods take no lock: one thread appends or inserts while another "
            "reads, and elements move or are freed under it",
            fix="convert to Python's own containers, or bind a class whose methods lock",
            confidence=Confidence.MEDIUM,
            evidence=more,
        )


def _is_of_nanobind(file: File) -> bool:
    return any(path.startswith(_OF_NANOBIND) for path, _, _ in file.includes)


rule = Rule(
    code="UG707",
    slug="bound-container",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a vector of pybind11",
            """\
#include <pybind11/stl_bind.h>
namespace py = pybind11;

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    py::bind_vector<std::vector<int>>(m, "Numbers");  // <--
}
""",
            "example.cpp",
        ),
        Good(
            "a copy as a list",
            """\
#include <pybind11/stl.h>
namespace py = pybind11;

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("numbers", [] { return std::vector<int>{1, 2, 3}; });
}
""",
            "example.cpp",
        ),
        Good(
            "a vector of nanobind",
            """\
#include <nanobind/stl/bind_vector.h>
namespace nb = nanobind;

NB_MODULE(spam, m) {
    nb::bind_vector<std::vector<int>>(m, "Numbers");
}
""",
            "example.cpp",
        ),
        Bad(
            "Boost.Python, two of them",
            """\
BOOST_PYTHON_MODULE(spam, boost::python::mod_gil_not_used()) {
    class_<std::vector<double> >("Doubles").def(vector_indexing_suite<std::vector<double> >());  // <--
    class_<Index>("Index").def(map_indexing_suite<Index>());
}
""",
            "example.cpp",
        ),
    ),
)
