"""What is known of references: where they come from, what conditions say of them, what changes what they refer to."""

import pytest

from ungil import _scan, capi
from ungil.audit import audit
from ungil.facts.model import Call, File
from ungil.rule import Severity
from ungil.rules import borrowed_dict_item, borrowed_list_item, unlocked_sequence_fast
from ungil.source import Language, Project, Source

FINDS = "static PyObject *f(Shelf *self, PyObject *key) { return use(PyDict_GetItem(self->items, key)); }\n"
FILLS = "static void g(Shelf *self, PyObject *key) { PyDict_SetItem(self->items, key, key); }\n"


def scanned(code: str) -> File:
    """The facts of one C file."""
    (file,) = _scan.scan([("example.c", code.encode(), False)], 1).files
    return file


def call(code: str, name: str) -> Call:
    """The only call of that name."""
    (found,) = scanned(code).calls_to({name})
    return found


def levels(code: str) -> list[Severity]:
    """How serious the findings on borrowed items are."""
    source = Source("example.c", code.encode(), Language.C)
    rules = [borrowed_list_item.rule, borrowed_dict_item.rule, unlocked_sequence_fast.rule]
    return [finding.severity for finding in audit(Project("example", None, (source,)), rules).findings]


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("if (PyTuple_Check(x)) use(x);", [("PyTuple_Check", "x", True)]),
        ("if (!PyTuple_Check((PyObject *)x)) return; use(x);", [("PyTuple_Check", "x", True)]),
        ("if (A(x) && y != NULL) use(x);", [("A", "x", True), ("", "y", True)]),
        ("if (A(x) || B(x)) use(x);", []),
        ("if (A(x) || B(x)) return; use(x);", [("A", "x", False), ("B", "x", False)]),
        ("if (A(x)) y(); else use(x);", [("A", "x", False)]),
        ("if (A(x)) y(); use(x);", []),
        ("if (self->list == NULL) { use(x); }", [("", "self->list", False)]),
        ("if (A(x) == 2) use(x);", []),
    ],
)
def test_conditions_say_what_holds_at_a_call(code: str, known: list[tuple[str, str, bool]]) -> None:
    """A call knows what the branches around it and those that left before it make certain, and nothing else."""
    assert call(f"void f(void) {{ {code} }}", "use").known == known


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("PyObject *a = get();", "a"),
        ("PyObject **items = (PyObject **)get();", "items"),
        ("*out = get();", "*out"),
        ("self->a.b = get();", "self->a.b"),
        ("return get();", "return"),
        ("use(get());", ""),
    ],
)
def test_a_call_knows_where_its_result_goes(code: str, target: str) -> None:
    """The target is the expression that is assigned to: with stars that dereference, without those that declare."""
    assert call(f"void f(void) {{ {code} }}", "get").target == target


@pytest.mark.parametrize(
    ("code", "ways"),
    [
        ("PyObject *a = self->items; use(a);", ["items"]),
        ("PyObject *a = PyDict_New(); PyObject *b = a; use(b);", ["PyDict_New"]),
        ("PyObject *a; PyArg_ParseTuple(args, 'O', &a); use(a);", ["PyArg_ParseTuple"]),
        ("use(cache);", ["cache"]),
        ("PyObject *a = x ? y : z; use(a);", [""]),
        ("use(self);", []),
    ],
)
def test_a_value_knows_how_it_is_reached(code: str, ways: list[str]) -> None:
    """Locals are followed to the fields, calls and static variables that they stand for; a parameter is none."""
    found = call(f"static PyObject *cache; void f(Shelf *self, PyObject *args) {{ {code} }}", "use")
    assert found.arguments[0].reached == ways


@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("((PyListObject *)x)->ob_item[0] = y;", ("PyListObject", "x", True, False)),
        ("n = ((PyListObject *)x)->ob_item[0];", ("PyListObject", "x", False, False)),
        ("load(&x->ob_item);", ("PyObject", "x", False, True)),
        ("a->b(c)->ob_item++;", ("", "a->b(c)", True, False)),
    ],
)
def test_a_member_knows_its_owner(code: str, use: tuple[str, str, bool, bool]) -> None:
    """The type comes from the cast or the declaration; a write to an element is a write."""
    (member,) = scanned(f"void f(PyObject *x) {{ {code} }}").members({"ob_item"})
    assert (member.type, member.owner.text, member.is_written, member.is_address) == use


def test_what_a_search_finds_is_followed_to_its_count() -> None:
    """A pointer from an out-parameter is followed through a helper and a local; one from a plain call is not."""
    (lookup,) = scanned(
        "void f(void) { V v; if (map_lookup(&m, k, &v)) { PyObject *o = value_of(v); Py_INCREF(o); } }\n"
        "void g(void) { PyObject *o = make(); Py_INCREF(o); }\n"
    ).lookups
    assert (lookup.name, lookup.call.name, lookup.call.function.name) == ("map_lookup", "Py_INCREF", "f")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(FINDS, [Severity.NOTE], id="a field that nothing changes"),
        pytest.param(FINDS + FILLS, [Severity.WARNING], id="a field that a method changes"),
        pytest.param(
            FINDS + "static void g(Shelf *s) { PyObject *d = s->items; PyDict_Clear(d); }",
            [Severity.WARNING],
            id="a field that a method changes by another name",
        ),
        pytest.param(
            FINDS + "static void put(PyObject *d) { PyDict_Clear(d); }\nstatic void g(Shelf *s) { put(s->items); }",
            [Severity.WARNING],
            id="a field that a helper changes",
        ),
        pytest.param(
            FINDS + "static void g(Shelf *s) { s->items = PyDict_New(); PyDict_SetItem(s->items, k, v); }",
            [Severity.NOTE],
            id="a field that is filled where it is made",
        ),
        pytest.param(
            FINDS
            + "static void g(Shelf *s) { if (s->items == NULL) s->items = PyDict_New(); PyDict_Clear(s->items); }",
            [Severity.WARNING],
            id="a field that is filled again and again",
        ),
        pytest.param(
            "static PyObject *f(PyObject *s, PyObject *o) { PyObject *d = PyObject_CallNoArgs(o); "
            "return use(PyDict_GetItem(d, s)); }",
            [Severity.NOTE],
            id="what Python code returned",
        ),
        pytest.param(
            "static PyObject *f(PyObject *s, PyObject *l) { use(PyList_GET_ITEM(l, 0)); "
            "return use(PyList_GET_ITEM(l, 1)); }",
            [Severity.WARNING],
            id="two items of one list",
        ),
        pytest.param(
            "static int put(State *s) { s->list = PyList_New(0); return deep(s); }\n"
            "static int deep(State *s) { if (more()) deep(s); return use(PyList_GET_ITEM(s->list, 0)); }\n"
            "PyObject *f(PyObject *a, PyObject *b) { State s; put(&s); return 0; }",
            [],
            id="a list in a struct of a caller's frame",
        ),
        pytest.param(
            "static int deep(State *s) { return use(PyList_GET_ITEM(s->list, 0)); }\n"
            "PyObject *f(PyObject *a, PyObject *b) { State s; s.list = b; return deep(&s); }",
            [Severity.NOTE],
            id="an argument in a struct of a caller's frame",
        ),
    ],
)
def test_a_container_that_nothing_changes_is_worth_a_note(code: str, expected: list[Severity]) -> None:
    """How serious a borrowed item is depends on whether the project was seen to change its container."""
    assert levels(code) == expected


@pytest.mark.parametrize("name", ["PyList_New", "_PyDict_Pop", "Py_BuildValue", "PyUnstable_TryIncRef"])
def test_names_of_the_c_api_are_known_as_such(name: str) -> None:
    """A function that is named after a type or subject of the C API is one of its own."""
    assert capi.is_api(name)


@pytest.mark.parametrize("name", ["PyShelf_Items", "pylist_new", "PyList", "Pyrex_New"])
def test_other_libraries_names_are_not(name: str) -> None:
    """Other libraries begin their names with Py too."""
    assert not capi.is_api(name)
