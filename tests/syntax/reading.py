"""One way for these tests to read a function."""

from __future__ import annotations

from ungil import _scan
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.unit import Unit


def unit(text: str, path: str = "x.c") -> Unit:
    """A file."""
    data = text.encode("latin-1")
    return Unit(data, _scan.scan([(path, data, path.endswith("pp"))], 1).files[0])


def function(body: str, *, head: str = "void f(void)", cxx: bool = False) -> WrittenFunction:
    """A function with this body."""
    read = unit(f"{head}\n{{\n{body}\n}}\n", "x.cpp" if cxx else "x.c")
    return read.written(read.file.functions[0])


def outline(statement: Statement) -> str:
    """Its kind, and in parentheses what it governs."""
    inside = " ".join(outline(part) for part in statement.parts)
    return f"{statement.kind}({inside})" if inside else statement.kind
