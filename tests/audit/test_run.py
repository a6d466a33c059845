"""Reading a project again after it has changed: what is kept, and that nothing stale is."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project

from ungil.audit.run import Reader, analyse, apply
from ungil.rules import catalogue

HEADER = """\
#include <Python.h>
typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;
static inline void count(Shelf *self) { self->hits++; }
"""
METHOD = """\
#include "shelf.h"
static PyObject *hit(Shelf *self, PyObject *unused) { count(self); Py_RETURN_NONE; }
static PyMethodDef methods[] = {{"hit", (PyCFunction)hit, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
"""
COUNTER = """\
import threading

hits = 0

def hit():
    global hits
    hits += 1

threading.Thread(target=hit).start()
"""
FILES = {
    "shelf.h": HEADER,
    "shelf.c": METHOD,
    "shelf/counter.py": COUNTER,
    "shelf/fast.pyx": "cdef class Rack:\n    cdef int n\n    def hit(self):\n        self.n += 1\n",
    "setup.py": "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('shelf', ['shelf.c'])])\n",
    ".github/workflows/test.yml": "jobs:\n  test:\n    env: {PYTHON_GIL: 1}\n    steps: [{run: pytest}]\n",
}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("shelf.h", "self->hits++", "(void)self"),
        ("shelf.c", "count(self);", ""),
        ("shelf/counter.py", "hits += 1", "hits = 1"),
        ("shelf/fast.pyx", "cdef class", "# cython: freethreading_compatible=True\ncdef class"),
        ("setup.py", "['shelf.c']", "['shelf.c'], define_macros=[('Py_GIL_DISABLED', '1')]"),
        (".github/workflows/test.yml", "PYTHON_GIL: 1", "PYTHON_GIL: 0"),
    ],
)
def test_what_was_read_before_is_as_good_as_new(path: str, old: str, new: str) -> None:
    """Whichever file changes, a header that others include among them, the findings are those of a first reading."""
    rules, reader = catalogue(), Reader()
    first = apply(project(FILES), reader.read(project(FILES)), rules)
    changed = project({**FILES, path: FILES[path].replace(old, new)})
    again = apply(changed, reader.read(changed), rules)
    assert again == analyse(changed, rules)
    assert again.findings != first.findings


def test_a_header_changes_what_is_found_elsewhere() -> None:
    """The finding lies in the file that includes it, which is the same to the byte."""
    rules, reader = catalogue(), Reader()
    before = apply(project(FILES), reader.read(project(FILES)), rules)
    changed = project({**FILES, "shelf.h": HEADER.replace("self->hits++", "(void)self")})
    after = apply(changed, reader.read(changed), rules)
    gone = {*before.findings} - {*after.findings}
    assert [(one.code, one.location.path) for one in gone if one.location.path == "shelf.c"] == [("UG212", "shelf.c")]


def test_only_what_reads_the_file_is_asked_again() -> None:
    """What the other front-ends have made of their files is the very same."""
    reader = Reader()
    first = reader.read(project(FILES))
    second = reader.read(project({**FILES, "shelf.c": METHOD + "\n"}))
    assert second.files != first.files
    assert all(
        getattr(second, part) is getattr(first, part) for part in ("cython", "build", "python", "ci", "packaging")
    )
    third = reader.read(project({**FILES, "shelf.c": METHOD + "\n", "shelf/counter.py": COUNTER + "\n"}))
    assert third.python is not second.python
    assert third.files == second.files
