"""What older versions of Python lack, and where it is put."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project, repaired, text_of

from ungil.source import Skipped

BORROWS = """\
static PyObject *
first(PyObject *self, PyObject *list)
{
    return Py_XNewRef(PyList_GetItem(list, 0));
}
"""
INCLUDE = "#include <Python.h>\n"
COMPAT = '#include "pythoncapi_compat.h"\n'


def test_a_new_version_has_all_that_is_used() -> None:
    """Nothing is added for a project that supports 3.13 and newer alone."""
    outcome = repaired(project({"x.c": INCLUDE + BORROWS}), min_python=(3, 13))
    assert text_of(outcome, "x.c") == INCLUDE + BORROWS.replace(
        "Py_XNewRef(PyList_GetItem(list, 0))", "PyList_GetItemRef(list, 0)"
    )


def test_what_an_old_version_lacks_stands_behind_the_includes() -> None:
    """It is under the version that brought it, and named so that it can be told from what is there."""
    text = text_of(repaired(project({"x.c": INCLUDE + '#include "y.h"\n\n' + BORROWS})), "x.c")
    head, added, _ = text.partition("#if PY_VERSION_HEX < 0x030D0000 && !defined(PyList_GetItemRef)")
    assert head == INCLUDE + '#include "y.h"\n\n'
    assert added
    assert "#define PyList_GetItemRef compat_PyList_GetItemRef\n#endif\n\nstatic PyObject *\nfirst(" in text


@pytest.mark.parametrize("read", [True, False], ids=["its own", "passed over"])
def test_pythoncapi_compat_is_used_where_the_project_has_it(read: bool) -> None:  # noqa: FBT001 - a parameter
    """It is included once, whether the copy is read or left to those who wrote it."""
    files = {"x.c": INCLUDE + BORROWS} | ({"pythoncapi_compat.h": ""} if read else {})
    skipped = () if read else (Skipped("vendor/pythoncapi_compat.h", "bundled"),)
    text = text_of(repaired(project(files, skipped)), "x.c")
    assert text.startswith(INCLUDE + COMPAT)
    assert "PY_VERSION_HEX" not in text


def test_what_a_header_includes_is_not_included_again() -> None:
    """The file gets pythoncapi_compat.h, and what a header of the project defines, through its own headers."""
    files = {
        "x.c": f'{INCLUDE}#include "y.h"\n{BORROWS}',
        "y.h": '#include "z.h"\n',
        "z.h": COMPAT,
        "pythoncapi_compat.h": "",
    }
    assert text_of(repaired(project(files)), "x.c").count("#include") == 2


def test_the_projects_own_definition_is_used() -> None:
    """A header that has the function under its name is enough."""
    own = "static inline PyObject *PyList_GetItemRef(PyObject *list, Py_ssize_t i)\n{\n    return NULL;\n}\n"
    files = {"x.c": f'{INCLUDE}#include "y.h"\n{BORROWS}', "y.h": own}
    assert "PY_VERSION_HEX" not in text_of(repaired(project(files)), "x.c")


def test_a_file_without_includes_is_left() -> None:
    """What it lacks has no place: the finding stays, with the reason."""
    outcome = repaired(project({"x.c": BORROWS}))
    assert outcome.changed == {}
    assert "no place" in outcome.left[0].decision


FETCH = """\
#include <Python.h>
extern int use(PyObject *);
int f(PyObject *list)
{
    PyObject *x = PyList_GetItem(list, 0);
    if (!x)
        return -1;
    return use(x);
}
"""


@pytest.mark.parametrize(
    "files",
    [
        {"a.c": "#define Py_LIMITED_API 0x03090000\n" + FETCH},
        {"a.c": '#include "limits.h"\n' + FETCH, "limits.h": "# define Py_LIMITED_API 3\n"},
        {"a.c": FETCH, "setup.py": 'Extension("a", ["a.c"], define_macros=[("Py_LIMITED_API", "0x03090000")])\n'},
        {"a.c": FETCH, "setup.py": 'Extension("a", ["a.c"], py_limited_api=True)\n'},
    ],
)
def test_the_limited_api_keeps_what_is_new_out(files: dict[str, str]) -> None:
    """What it lacks does not compile there, whatever the version."""
    outcome = repaired(project(files), codes=frozenset({"UG101"}))
    assert outcome.changed == {}
    assert "the limited API may lack PyList_GetItemRef" in outcome.left[0].decision


def test_a_build_that_says_no_to_the_limited_api() -> None:
    """It has all that is new."""
    files = {"a.c": FETCH, "setup.py": 'Extension("a", ["a.c"], py_limited_api=False)  # no Py_LIMITED_API\n'}
    assert repaired(project(files), codes=frozenset({"UG101"})).left == ()
