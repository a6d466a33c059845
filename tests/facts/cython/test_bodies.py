"""What Cython's parser is asked for: what functions touch, and what they hold there."""

import subprocess
import sys
import textwrap

import pytest

from ungil.facts.cython import read as cython
from ungil.facts.cython.model import CythonFacts, CythonFunction, Effect, Holds
from ungil.source import Language, Source


def read(code: str | bytes, *more: tuple[str, str]) -> CythonFacts:
    """The facts of a project of a.pyx and other files."""
    data = code if isinstance(code, bytes) else textwrap.dedent(code).encode()
    rest = [Source(path, textwrap.dedent(text).encode(), Language.CYTHON) for path, text in more]
    return cython.read([Source("a.pyx", data, Language.CYTHON), *rest], [])


def function(facts: CythonFacts, name: str) -> CythonFunction:
    """The function of that name."""
    (found,) = (one for one in facts.functions if one.name == name)
    return found


METHOD = """\
cimport cython
cdef class A:
    cdef object x, lock
    cdef dict d
    def f(self, key):
        BODY
"""


def touched(body: str) -> list[tuple[str, str, int]]:
    """What a method touches, what it does to it, and how many guards it holds there."""
    facts = read(METHOD.replace("BODY", body.replace("\n", "\n        ")))
    assert facts.unread == ()
    return [(a.path, a.effect.value, len(a.guards)) for a in function(facts, "f").accesses if a.name != "lock"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.x = key", [("self.x", "write", 0)]),
        ("self.x += 1", [("self.x", "update", 0)]),
        ("self.x.y = 1", [("self.x.y", "write", 0)]),
        ("return self.x", [("self.x", "read", 0)]),
        ("a, self.x = key", [("self.x", "write", 0)]),
        ("a = self.x = key", [("self.x", "write", 0)]),
        ("self.d[key] = 1", [("self.d", "edit", 0)]),
        ("del self.d[key]", [("self.d", "edit", 0)]),
        ("self.d.clear()", [("self.d", "edit", 0)]),
        ("return key in self.d", [("self.d", "item", 0)]),
        ("return self.d.get(key)", [("self.d", "item", 0)]),
        ("for k in self.d: pass", [("self.d", "iterate", 0)]),
        ("self.x(1)", [("self.x", "read", 0)]),
        ("with cython.critical_section(self):\n    self.x = 1", [("self.x", "write", 1)]),
        ("with self.lock:\n    self.x = 1", [("self.x", "write", 1)]),
        ("with self.lock, nogil:\n    self.x = 1", [("self.x", "write", 1)]),
        ("with open(key):\n    self.x = 1", [("self.x", "write", 0)]),
        ("with nogil:\n    self.x = 1", [("self.x", "write", 0)]),
        ("self.lock.acquire()\nself.x = 1\nself.lock.release()\nself.x = 2", [("self.x", "write", 1), ("self.x", "write", 0)]),
        ("if key:\n    self.lock.acquire()\n    return\nself.x = 1", [("self.x", "write", 0)]),
    ],
)  # fmt: skip
def test_a_method_touches_what_is_written(body: str, expected: list[tuple[str, str, int]]) -> None:
    """Each way to read, write or edit an attribute is seen once, with the guards that are held there."""
    assert touched(body) == expected


def test_a_place_is_counted_in_bytes() -> None:
    """A place after characters of several bytes, in a file with the ends of lines of Windows, is exact."""
    facts = read('cdef class A:\r\n    cdef object x\r\n    def f(self): s = "\u00e4\u20ac"; self.x = s\r\n'.encode())
    (access,) = function(facts, "f").accesses
    line = '    def f(self): s = "\u00e4\u20ac"; self.x = s'.encode()
    assert access.place.line == 3
    assert line[access.place.column - 1 : access.place.end_column - 1] == b"self.x"


def test_what_attributes_hold_is_read_from_every_declaration() -> None:
    """Types come from the class, from its declaration in another file and from its bases; typedefs are resolved."""
    facts = read(
        """\
        cdef struct point:
            int x
        cdef class B:
            cdef object inherited
        cdef class A(B):
            cdef char* text
            cdef point p
            cdef double[:] view
            cdef public int count
            def f(self): pass
        """,
        (
            "a.pxd",
            "ctypedef long number\ncdef class A:\n    cdef number n\n    cdef pymutex m\n    cdef atomic[bint] flag\n",
        ),
    )
    (found,) = facts.classes
    assert {name: one.holds for name, one in found.attributes.items()} == {
        "text": Holds.POINTER,
        "p": Holds.STRUCT,
        "view": Holds.MEMORYVIEW,
        "count": Holds.NUMBER,
        "n": Holds.NUMBER,
        "m": Holds.LOCK,
        "flag": Holds.ATOMIC,
        "inherited": Holds.OBJECT,
    }


HELPER = "cdef class A:\n    cdef object x\n    cdef void put(self):\n        self.x = 1\n"


@pytest.mark.parametrize(
    ("callers", "is_quiet"),
    [
        ("    def __init__(self): self.put()\n", True),
        ("    def f(self):\n        with self.lock: self.put()\n", True),
        ("    def __init__(self): self.put()\n    def f(self): self.put()\n", False),
        ("", False),
        ("    def __init__(self): self.put()\ncallback = A.put\n", False),
    ],
)
def test_a_helper_is_as_quiet_as_its_callers(callers: str, *, is_quiet: bool) -> None:
    """Only a helper whose callers are all known, and hold a lock or make the object, is left alone."""
    facts = read(HELPER + callers)
    assert (id(function(facts, "put")) in facts.quiet) is is_quiet


def test_local_names_are_not_the_module_s() -> None:
    """A name that a function binds is its own unless it says global."""
    facts = read(
        """\
        cdef object limit = None
        def own():
            limit = 1
        def shared():
            global limit
            limit = 1
        """
    )
    assert function(facts, "own").accesses == ()
    assert [a.effect for a in function(facts, "shared").accesses] == [Effect.WRITE]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"x = " + b"(" * 100_000, id="open parentheses"),
        pytest.param(b"x = " + b"-" * 100_000 + b"1", id="signs"),
        pytest.param(b"x = " + b"not " * 20_000 + b"1", id="negations"),
        pytest.param(b"def f():\n x = a" + b"()" * 10_000, id="calls of calls"),
        pytest.param(b"def f():\n x = a" + b".b" * 10_000, id="attributes of attributes"),
        pytest.param(b"x = " + b"f'{" * 1000, id="strings in strings"),
        pytest.param(b"\0\xff\xfe" * 100, id="no text"),
        pytest.param(b"def f(:\n", id="no Cython"),
        pytest.param(b'"""', id="a string that never ends"),
        pytest.param(b"cdef class A:\n  cdef\n", id="half a declaration"),
        pytest.param(b"include 'nowhere.pxi'\n  x", id="indentation"),
    ],
)
def test_what_cannot_be_parsed_is_a_note(data: bytes) -> None:
    """No bytes stop the audit: the file is named with a reason, and another is still read."""
    facts = read(data, ("b.pyx", "def g(): pass\n"))
    assert [path for path, _ in facts.unread] == ["a.pyx"]
    assert [one.name for one in facts.functions if one.file.path == "b.pyx"] == ["g"]


def run(program: str) -> str:
    """What a fresh interpreter prints, every warning an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_the_parser_leaves_the_gil_as_it_is_and_prints_nothing() -> None:
    """A fresh process that parses good and bad Cython has the same GIL before and after, and an empty output."""
    assert (
        run("""
        import sys
        gil = getattr(sys, "_is_gil_enabled", lambda: True)
        before = gil()
        from ungil.facts.cython import read as cython
        from ungil.source import Language, Source
        assert "Cython" not in sys.modules
        for code in (b"cdef class A:\\n    def f(self): pass\\n", b"def f(:\\n"):
            cython.read([Source("a.pyx", code, Language.CYTHON)], [])
        assert "Cython" in sys.modules
        assert gil() == before
    """)
        == ""
    )


def test_without_cython_the_audit_says_so_once() -> None:
    """Where Cython is not installed the directives are still read, and one note says what would read the rest."""
    said = run("""
        import sys
        class Refuse:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == "Cython":
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, Refuse())
        from ungil.audit import audit
        from ungil.source import Language, Project, Source
        files = [Source(p, b"def f(): pass\\n", Language.CYTHON) for p in ("a.pyx", "b.pyx")]
        result = audit(Project("x", None, tuple(files)))
        print([f.code for f in result.findings], *result.unread)
    """)
    assert said == (
        "['UG601', 'UG601'] ('a.pyx', \"Cython is not installed, so only the directives were read: "
        "pip install 'ungil[cython]'\")\n"
    )


FOREIGN = """\
from libc.time cimport localtime, time as now
from libc cimport stdlib
cimport posix.unistd
from time import gmtime
cdef extern from "spam.h" nogil:
    int spam(int n)
    ctypedef int number
cdef int own(int n) nogil:
    return spam(n)
def f(x):
    localtime(x); now(x); stdlib.rand(); posix.unistd.fork(); gmtime(x); own(x)
    if Py_REFCNT(x) == 1 and spam(2) != len(x):
        return own(x)
"""


def test_c_functions_are_told_from_others() -> None:
    """What is cimported or declared as extern is foreign, by the name that the file gives it."""
    facts = read(FOREIGN)
    assert facts.unread == ()
    calls = function(facts, "f").calls
    foreign = [call.name for call in calls if facts.is_foreign(function(facts, "f"), call)]
    assert foreign == ["localtime", "now", "stdlib.rand", "posix.unistd.fork", "spam"]


def test_a_file_sees_the_names_of_its_header_and_an_included_one_those_of_all() -> None:
    """``a.pyx`` may call what ``a.pxd`` declares; who includes a ``.pxi`` file is the build's to know."""
    header = 'cdef extern from "spam.h":\n    int spam(int n)\n'
    facts = read("def f():\n    spam(1)\n", ("a.pxd", header), ("b.pxi", "def g():\n    spam(1)\n"))
    assert facts.foreign["a.pyx"] == {"spam"}
    assert facts.foreign["b.pxi"] == {"spam"}


def test_what_a_result_is_compared_with_is_kept() -> None:
    """Only for the call that stands on the left of the comparison itself."""
    compared = {call.name: call.compared for call in function(read(FOREIGN), "f").calls if call.compared}
    assert compared == {"Py_REFCNT": "== 1", "spam": "!= len()"}


def test_functions_that_may_be_called_detached_say_so() -> None:
    """``nogil`` behind the parameters is kept."""
    facts = read(FOREIGN)
    assert [one.name for one in facts.functions if one.is_nogil] == ["own"]
