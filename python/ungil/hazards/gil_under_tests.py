"""The GIL comes on when the project is imported, or while its tests run.

What it finds
    The import of an extension module of the project turns the GIL on, in a process that has imported nothing else; or
    the GIL comes on while tests are collected or run, by the import of something that they need. From there on, threads
    would take turns, and tests that pass would say nothing: what runs in threads does so with the GIL kept off, by
    ``PYTHON_GIL=0``, against the module's word.

Why it is unsafe without the GIL
    A module that does not declare that it needs no GIL gets one, and with it every other module of the process. That it
    is kept off here shows what would happen if the module declared it, not what happens to its users today.

How to fix it
    When the tests in threads find nothing more, declare it: ``{Py_mod_gil, Py_MOD_GIL_NOT_USED}`` among the module's
    slots, ``freethreading_compatible`` in Cython, ``py::mod_gil_not_used()`` in pybind11. Of a module that is not the
    project's, use a release that does.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#identifying-the-free-threaded-build-in-c
    https://peps.python.org/pep-0703/
"""

from __future__ import annotations

from ungil.description import Description, Seen
from ungil.finding import Severity

hazard = Description(
    code="UG913",
    slug="gil-under-tests",
    severity=Severity.WARNING,
    doc=__doc__,
    examples=(
        Seen(
            "A module without the slot",
            """\
seen: it was kept off by PYTHON_GIL=0 in what ran in 4 threads
""",
            "tests.text",
        ),
    ),
)
