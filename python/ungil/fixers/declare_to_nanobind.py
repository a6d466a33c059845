"""The build tells nanobind that a module does not need the GIL.

What it does
    Puts ``FREE_THREADED`` behind the name of the module in ``nanobind_add_module()``.

What to look at
    The declaration is a claim about all of the module's code, and nanobind locks only what the bindings ask it to
    lock: what else was found is to be repaired first, and what was not found is not thereby right. The build has to
    use nanobind 2.2 or later.

What it leaves
    Builds that keep nanobind below 2.2. Calls of which a variable may pass the option already are no findings.
"""

from __future__ import annotations

from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.modules.build_options import pass_option, refuse_older
from ungil.rewrite.modules.creation import CLAIM


def repair(site: Site) -> Repair | Decision | None:
    """The option."""
    refuse_older(site, "nanobind", "2.2")
    return pass_option(site, "nanobind", "FREE_THREADED")


fixer = Fixer(
    slug="declare-to-nanobind",
    codes=frozenset({"UG702"}),
    repair=repair,
    claims=True,
    check=f"{CLAIM}; and that the build uses nanobind 2.2 or later",
    doc=__doc__,
    examples=(
        Repaired(
            "a call in one line",
            """\
find_package(nanobind CONFIG REQUIRED)

nanobind_add_module(spam NB_STATIC src/spam.cpp)
""",
            """\
find_package(nanobind CONFIG REQUIRED)

nanobind_add_module(spam FREE_THREADED NB_STATIC src/spam.cpp)
""",
            "CMakeLists.txt",
        ),
        Repaired(
            "a call in several lines, with comments",
            """\
nanobind_add_module(
  # what Python imports
  spam  # as _spam
  ${SPAM_SOURCES}
)
""",
            """\
nanobind_add_module(
  # what Python imports
  spam  # as _spam
  FREE_THREADED
  ${SPAM_SOURCES}
)
""",
            "CMakeLists.txt",
        ),
        Left(
            "a nanobind that does not know the option",
            """\
include(FetchContent)
FetchContent_Declare(
  nanobind
  GIT_REPOSITORY https://github.com/wjakob/nanobind
  GIT_TAG v1.9.2
)
FetchContent_MakeAvailable(nanobind)

nanobind_add_module(spam src/spam.cpp)
""",
            "the build keeps nanobind below 2.2",
            "CMakeLists.txt",
        ),
    ),
)
