"""A pybind11 module declares that it does not need the GIL.

What it does
    Passes ``py::mod_gil_not_used()`` to ``PYBIND11_MODULE``, before other options, under the name that the file has
    for pybind11.

What to look at
    The declaration is a claim about all of the module's code: what else was found is to be repaired first, and what
    was not found is not thereby right. The build has to use pybind11 2.13 or later, and 3.0 for modules that are
    embedded.

What it leaves
    Builds that keep pybind11 below that. Modules that begin with a macro of the project, or with ``PYBIND11_PLUGIN``.
"""

from __future__ import annotations

from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.modules.build_options import refuse_older
from ungil.rewrite.modules.creation import CLAIM
from ungil.rewrite.modules.macros import alias_of, with_option

_MACROS = {"PYBIND11_MODULE": 2, "PYBIND11_EMBEDDED_MODULE": 2}


def repair(site: Site) -> Repair | Decision | None:
    """The tag."""
    embedded = site.unit.words[site.word].text == "PYBIND11_EMBEDDED_MODULE"
    refuse_older(site, "pybind11", "3.0" if embedded else "2.13")
    return with_option(site, "pybind11", _MACROS, f"{alias_of(site, 'pybind11')}::mod_gil_not_used()")


fixer = Fixer(
    slug="declare-to-pybind11",
    codes=frozenset({"UG701"}),
    repair=repair,
    claims=True,
    check=f"{CLAIM}; and that the build uses pybind11 2.13 or later (3.0 for embedded modules)",
    doc=__doc__,
    examples=(
        Repaired(
            "a module under the usual name of pybind11",
            """\
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(spam, m) {
    m.def("add", [](int a, int b) { return a + b; }, py::arg("a"), py::arg("b"));
}
""",
            """\
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) {
    m.def("add", [](int a, int b) { return a + b; }, py::arg("a"), py::arg("b"));
}
""",
            "example.cpp",
        ),
        Repaired(
            "an alias that is not seen where the module begins, and another option",
            """\
#include <pybind11/pybind11.h>
#include <pybind11/subinterpreter.h>

static int add(int a, int b) { return a + b; }

PYBIND11_MODULE(spam, m,
                pybind11::multiple_interpreters::per_interpreter_gil())
{
    namespace py = pybind11;
    m.def("add", &add, py::arg("a"), py::arg("b"));
}
""",
            """\
#include <pybind11/pybind11.h>
#include <pybind11/subinterpreter.h>

static int add(int a, int b) { return a + b; }

PYBIND11_MODULE(spam, m, pybind11::mod_gil_not_used(),
                pybind11::multiple_interpreters::per_interpreter_gil())
{
    namespace py = pybind11;
    m.def("add", &add, py::arg("a"), py::arg("b"));
}
""",
            "example.cpp",
        ),
        Left(
            "a macro of the project",
            """\
#include <pybind11/pybind11.h>

#define SPAM_MODULE(name) PYBIND11_MODULE(name, m)

SPAM_MODULE(_core) {
    m.def("add", [](int a, int b) { return a + b; });
}
""",
            "the module begins with 'SPAM_MODULE'",
            "example.cpp",
        ),
    ),
)
