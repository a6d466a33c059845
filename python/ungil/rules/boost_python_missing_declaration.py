"""A Boost.Python module does not say that it can run without the GIL.

What it finds
    ``BOOST_PYTHON_MODULE`` without the option ``boost::python::mod_gil_not_used()``, in a module whose body does not
    call ``PyUnstable_Module_SetGIL()`` either.

Why it is unsafe without the GIL
    It is not: it is the opposite. When a free-threaded interpreter imports such a module it turns the GIL back on,
    for the whole process and until it ends, and warns about it. A Boost.Python that does not know the option is not
    ready for the free-threaded build: its registry of converters has no lock.

How to fix it
    Build with a Boost.Python whose module macro takes options, make the exported classes thread-safe, and pass
    ``boost::python::mod_gil_not_used()`` as the second argument of the macro.

References
    https://github.com/boostorg/python/issues/503
    https://github.com/boostorg/python/pull/504
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Declaration, Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every Boost.Python module that declares nothing."""
    for module in facts.modules:
        if module.declaration is Declaration.MISSING and module.entry.framework == "Boost.Python":
            yield rule.finding(
                module.file,
                module.span,
                f"module '{module.name}' does not pass boost::python::mod_gil_not_used(): importing it on a "
                "free-threaded build turns the GIL on for the whole process",
                fix=f"once the classes are thread-safe and Boost.Python knows the option: {module.entry.macro}"
                f"({module.name}, boost::python::mod_gil_not_used())",
                evidence=(f"{module.entry.macro} has no such argument and the body declares nothing",),
            )


rule = Rule(
    code="UG703",
    slug="boost-python-missing-declaration",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a module without the option",
            """\
#include <boost/python.hpp>

BOOST_PYTHON_MODULE(spam) {  // <--
    boost::python::def("add", &add);
}
""",
            "example.cpp",
        ),
        Good(
            "the option",
            """\
#include <boost/python.hpp>

BOOST_PYTHON_MODULE(spam, boost::python::mod_gil_not_used()) {
    boost::python::def("add", &add);
}
""",
            "example.cpp",
        ),
        Good(
            "declared in the body",
            """\
BOOST_PYTHON_MODULE(spam) {
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(boost::python::scope().ptr(), Py_MOD_GIL_NOT_USED);
#endif
    boost::python::def("add", &add);
}
""",
            "example.cpp",
        ),
    ),
)
