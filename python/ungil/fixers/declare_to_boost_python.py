"""A Boost.Python module declares that it does not need the GIL.

What it does
    Passes ``boost::python::mod_gil_not_used()`` to ``BOOST_PYTHON_MODULE``, before other options.

What to look at
    The declaration is a claim about all of the module's code: what else was found is to be repaired first, and what
    was not found is not thereby right. The build has to use a Boost.Python that knows the option.

What it leaves
    Modules that begin with a macro of the project.
"""

from __future__ import annotations

from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.modules.creation import CLAIM
from ungil.rewrite.modules.macros import with_option

_MACROS = {"BOOST_PYTHON_MODULE": 1, "BOOST_PYTHON_MODULE_MULTI_PHASE": 1}


def repair(site: Site) -> Repair | Decision | None:
    """The option."""
    return with_option(site, "Boost.Python", _MACROS, "boost::python::mod_gil_not_used()")


fixer = Fixer(
    slug="declare-to-boost-python",
    codes=frozenset({"UG703"}),
    repair=repair,
    claims=True,
    check=f"{CLAIM}; and that the build uses a Boost.Python that knows the option",
    doc=__doc__,
    examples=(
        Repaired(
            "a module",
            """\
#include <boost/python.hpp>

static int add(int a, int b) { return a + b; }

BOOST_PYTHON_MODULE(spam)
{
    boost::python::def("add", &add);
}
""",
            """\
#include <boost/python.hpp>

static int add(int a, int b) { return a + b; }

BOOST_PYTHON_MODULE(spam, boost::python::mod_gil_not_used())
{
    boost::python::def("add", &add);
}
""",
            "example.cxx",  # Boost is not installed where the examples are compiled
        ),
        Left(
            "a macro of the project",
            """\
#include <boost/python.hpp>

#define SPAM_MODULE(name) BOOST_PYTHON_MODULE(name)

static int add(int a, int b) { return a + b; }

SPAM_MODULE(_core)
{
    boost::python::def("add", &add);
}
""",
            "the module begins with 'SPAM_MODULE'",
            "example.cxx",
        ),
    ),
)
