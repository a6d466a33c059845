"""Statements as they stand: every word of a function has its place in the tree."""

from __future__ import annotations

import pytest
from tests.syntax.reading import function, outline

from ungil.syntax.flow import always_leaves, exits


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f(x); g(y);", ["plain", "plain"]),
        ("if (a) b(); else c();", ["if(plain plain)"]),
        ("if (a) { b(); } else if (c) d(); else { e(); }", ["if(block(plain) if(plain block(plain)))"]),
        ("for (int i = 0; i < n; i++) f(i);", ["loop(plain)"]),
        ("while (a) { if (b) continue; break; }", ["loop(block(if(continue) break))"]),
        ("do f(); while (a); g();", ["loop(plain)", "plain"]),
        ("switch (a) { case 1: f(); break; default: g(); }", ["switch(block(label plain break label plain))"]),
        ("goto done; done: f();", ["goto", "label", "plain"]),
        ("Py_BEGIN_ALLOW_THREADS\nf();\nPy_END_ALLOW_THREADS\ng();", ["plain", "plain", "plain", "plain"]),
        ("Py_BEGIN_CRITICAL_SECTION(x);\nf();\nPy_END_CRITICAL_SECTION();", ["plain", "plain", "plain"]),
        ("FOREACH(x, list) { f(x); }", ["loop(block(plain))"]),
        ("int a[] = {1, 2}; struct S s = {.x = 1}; return a[0];", ["plain", "plain", "return"]),
        ("a ? b : c; x = y ? f(1) : g(2);", ["plain", "plain"]),
        ("Py_RETURN_NONE;", ["plain"]),
        ("MAX\n  (a, b);", ["plain"]),
        (";", ["plain"]),
    ],
)
def test_statements_are_told_apart(code: str, expected: list[str]) -> None:
    """Each kind is recognised, with what it governs, also where macros stand for statements."""
    assert [outline(one) for one in function(code).body.parts] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("try { f(); } catch (int e) { g(); } catch (...) { throw; }", "try(block(plain) block(plain) block(throw))"),
        ("auto f = [&](int x) { return x; }; ", "plain"),
        ("if constexpr (a) f();", "if(plain)"),
        ("for (auto &x : xs) { f(x); }", "loop(block(plain))"),
    ],
)
def test_statements_of_cxx(code: str, expected: str) -> None:
    """What only C++ has."""
    assert outline(function(code, cxx=True).body.parts[0]) == expected


@pytest.mark.parametrize(
    "code",
    [
        "if (a) { b(); } else c(); while (d) e(); return f;",
        "x: switch (a) { case B::c: f(); }",
        "do { f(); } while (0); ; { { } }",
        "PyObject *a = f(), *b; X(y) Z",
    ],
)
def test_no_word_is_lost(code: str) -> None:
    """The statements of a block follow each other without a gap, from its brace to its brace."""
    body = function(code).body
    for block in (one for one in body.within() if one.kind == "block"):
        at = block.words.first + 1
        for part in block.parts:
            assert part.words.first == at
            at = part.words.last
        assert at == block.words.last - 1


def test_exits_are_those_that_lead_elsewhere() -> None:
    """A break of an inner loop and a goto within the stretch stay; the others, and a macro that returns, leave."""
    code = """
    while (a) { if (b) break; }
    if (c) goto inside;
    if (d) goto outside;
    if (e) Py_RETURN_NONE;
inside:
    if (f) return 1;
    g();
outside:
    h();
    """
    written = function(code)
    found = [written.words.source(one.words) for one in exits(written.body.parts[:6], written.words)]
    assert found == ["goto outside;", "Py_RETURN_NONE;", "return 1;"]
    inner = written.body.parts[0].parts[0].parts
    assert [written.words.source(one.words) for one in exits(inner, written.words)] == ["break;"]


@pytest.mark.parametrize(
    ("code", "leaves"),
    [
        ("return;", True),
        ("{ f(); return; }", True),
        ("if (a) return; else goto x;", True),
        ("if (a) return;", False),
        ("while (a) return;", False),
        ("Py_RETURN_TRUE;", True),
    ],
)
def test_what_control_never_passes(code: str, leaves: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A statement always leaves if each of its ways does."""
    written = function(code)
    assert always_leaves(written.body.parts[0], written.words) is leaves
