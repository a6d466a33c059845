"""What a pen writes lies in the text as its author would have laid it out."""

from __future__ import annotations

import pytest
from tests.syntax.reading import unit

from ungil.codemod.edits import apply
from ungil.fixer import Undecided
from ungil.rewrite.pen import Pen
from ungil.syntax.statements import Statement


def written(code: str, how: str, *lines: str) -> str:
    """The code after a pen did something to the statement that calls ``target()``."""
    read = unit(code)
    function = read.written(read.file.functions[0])
    called = next(at for at, word in enumerate(read.words.all) if word.text == "target")
    statement = function.statement_at(called)
    assert isinstance(statement, Statement)
    pen = Pen("x.c", read)
    getattr(pen, how)(statement, *lines)
    return apply(code.encode(), pen.edits).decode()


BLOCK = "void f(void)\n{\n    a();\n    target(); /* why */\n    b();\n}\n"
BARE = "void f(void)\n{\n    if (x)\n        target(); // why\n    b();\n}\n"
SHORT = "void f(void)\n{\n    if (x) target();\n}\n"
ELSE = "void f(void)\n{\n    if (x)\n        target();\n    else\n        b();\n}\n"
TABS = "void f(void)\n{\n\twhile (x)\n\t\ttarget();\n}\n"


@pytest.mark.parametrize(
    ("code", "how", "lines", "expected"),
    [
        (BLOCK, "before", ["c();", "d();"], BLOCK.replace("    target", "    c();\n    d();\n    target")),
        (BLOCK, "after", ["c();"], BLOCK.replace("/* why */\n", "/* why */\n    c();\n")),
        (
            BLOCK,
            "instead",
            ["c();", "d();"],
            BLOCK.replace("target();", "c();\n    d();"),
        ),
        (BLOCK, "delete", [], BLOCK.replace("    target(); /* why */\n", "     /* why */\n")),
        (
            BARE,
            "before",
            ["c();"],
            "void f(void)\n{\n    if (x) {\n        c();\n        target(); // why\n    }\n    b();\n}\n",
        ),
        (
            BARE,
            "after",
            ["c();"],
            "void f(void)\n{\n    if (x) {\n        target(); // why\n        c();\n    }\n    b();\n}\n",
        ),
        (SHORT, "before", ["c();"], SHORT.replace("target();", "{ c(); target(); }")),
        (SHORT, "instead", ["c();", "d();"], SHORT.replace("target();", "{ c(); d(); }")),
        (SHORT, "delete", [], SHORT.replace("target();", ";")),
        (
            ELSE,
            "before",
            ["c();"],
            "void f(void)\n{\n    if (x) {\n        c();\n        target();\n    }\n    else\n        b();\n}\n",
        ),
        (TABS, "after", ["c();"], "void f(void)\n{\n\twhile (x) {\n\t\ttarget();\n\t\tc();\n\t}\n}\n"),
        (
            BLOCK,
            "before",
            ["#ifdef X", "c();", "#endif"],
            BLOCK.replace("    target", "#ifdef X\n    c();\n#endif\n    target"),
        ),
        (BLOCK, "before", ["end:;"], BLOCK.replace("    target", "end:;\n    target")),
    ],
)
def test_statements_are_laid_out(code: str, how: str, lines: list[str], expected: str) -> None:
    """Lines have the indentation of their neighbours, branches get braces, comments stay with their statement."""
    assert written(code, how, *lines) == expected


def test_changes_of_the_same_words_are_left_to_the_maintainer() -> None:
    """Two that meet are not both written."""
    read = unit(BLOCK)
    pen = Pen("x.c", read)
    statement = read.written(read.file.functions[0]).body.parts[1]
    pen.replace(statement.words, "c();")
    pen.replace_word(statement.words.first, "d")
    with pytest.raises(Undecided, match="meet in one statement"):
        _ = pen.edits
