"""Which structs and classes the front-end finds, and their members."""

import pytest

from ungil import _scan

type Found = tuple[str, str, bool, list[str]]


def records_in(code: str, *, cxx: bool = False) -> list[Found]:
    """Name, typedef's name, whether it is an object, and the members."""
    (file,) = _scan.scan([("example", code.encode(), cxx)], 1).files
    return [
        (r.name, r.alias, r.has_object_head, [f"{f.type}{'*' * f.pointers} {f.name}" for f in r.fields])
        for r in file.records
    ]


CASES: list[tuple[str, str, list[Found]]] = [
    ("an object", "typedef struct { PyObject_HEAD PyObject *items; int n; } Shelf;", [("", "Shelf", True, ["PyObject* items", "int n"])]),
    ("an object whose macro stands on its own line", "struct shelf {\n PyObject_VAR_HEAD\n node_t *first, *last;\n};", [("shelf", "", True, ["node_t* first", "node_t* last"])]),
    ("an object written out", "struct s { PyObject ob_base; char *p; };", [("s", "", True, ["PyObject ob_base", "char* p"])]),
    ("a head that a macro of the project brings", "#define HEAD PyObject_HEAD long version;\ntypedef struct s { HEAD int x; } S;", [("s", "S", True, ["int x"])]),
    ("no object", "struct point { double x, y; };", [("point", "", False, ["double x", "double y"])]),
    ("a typedef with a pointer", "typedef struct node { int x; } *node_p, node;", [("node", "node", False, ["int x"])]),
    ("a union inside", "struct s { union { int a; char *b; } u; int c; };", [("s", "", False, [" u", "int c"]), ("", "", False, ["int a", "char* b"])]),
    ("an anonymous union inside", "struct s { union { int a; char *b; }; int c; };", [("s", "", False, ["int a", "char* b", "int c"]), ("", "", False, ["int a", "char* b"])]),
    ("alignas with an expression", "struct alignas(2 * line) Cell { int x; };", [("Cell", "", False, ["int x"])]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), [pytest.param(c, e, id=t) for t, c, e in CASES])
def test_records_are_found_with_their_members(code: str, expected: list[Found]) -> None:
    """Every struct with a body is found, its names, whether Python sees it as an object, and its members in order."""
    assert records_in(code, cxx="alignas" in code) == expected


def test_a_class_has_bases_and_members_but_no_statics() -> None:
    """A class's bases come without template arguments; statics and methods are not members."""
    code = "class A final : public ns::B<int>, private C { public: int f() { return x_; } private: mutable int x_{3}; static int s; };"
    (file,) = _scan.scan([("example", code.encode(), True)], 1).files
    (record,) = file.records
    assert (record.name, record.bases) == ("A", ["B", "C"])
    assert [(f.name, f.is_mutable) for f in record.fields] == [("x_", True)]
    assert [v.name for v in file.variables] == ["s"]


def test_variables_after_a_struct_are_variables() -> None:
    """What stands between the closing brace and the semicolon is declared with the struct's type."""
    (file,) = _scan.scan(
        [("example", b"static struct cache { int x; } table[8], *spare = NULL;\nint after;", False)], 1
    ).files
    assert [(v.type, v.name, v.is_array) for v in file.variables] == [
        ("cache", "table", True),
        ("cache", "spare", False),
        ("int", "after", False),
    ]
