"""What the front-end says about comments."""

import pytest

from ungil import _scan


def comments_in(code: str, *words: str) -> list[tuple[int, int, str]]:
    """Line, column and text of the comments that contain one of the words."""
    (file,) = _scan.scan([("example.cpp", code.encode(), True)], 1).files
    return [(c.span.line, c.span.column, c.text) for c in file.comments_with(set(words))]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("int x; // the GIL protects it\n", [(1, 8, "// the GIL protects it")], id="a line comment"),
        pytest.param("/* a\n * gil */ int x;", [(1, 1, "/* a\n * gil */")], id="a block comment of two lines"),
        pytest.param('char *s = "// GIL";', [], id="a string literal"),
        pytest.param('auto s = R"x(/* GIL */)x";', [], id="a raw string"),
        pytest.param("// one \\\n of GIL\n", [(1, 1, "// one \\\n of GIL")], id="a continued line comment"),
        pytest.param("#if 0\n// GIL\n#endif\n", [(2, 1, "// GIL")], id="a branch that is not compiled"),
        pytest.param("#define X 1 /* GIL */\n", [(1, 13, "/* GIL */")], id="a directive"),
        pytest.param("/* other */ // vigil\n", [(1, 13, "// vigil")], id="inside a longer word"),
        pytest.param("// \u00e9 gIl", [(1, 1, "// \u00e9 gIl")], id="beside a character of two bytes"),
        pytest.param("/* GIL", [(1, 1, "/* GIL")], id="a comment that never ends"),
    ],
)
def test_a_comment_is_found_by_a_word_in_it(code: str, expected: list[tuple[int, int, str]]) -> None:
    """Comments are found in any case and wherever they stand; literals are none."""
    assert comments_in(code, "gil") == expected
    assert comments_in(code, "GIL", "nothing like it") == expected


def test_an_empty_word_stands_in_every_comment_and_no_word_in_none() -> None:
    """The two ends of the search."""
    code = "// a\n/* b */"
    assert [text for *_, text in comments_in(code, "")] == ["// a", "/* b */"]
    assert comments_in(code) == []


def test_a_comment_that_is_not_utf8_is_text_all_the_same() -> None:
    """Bytes that are no text show as replacement characters."""
    (file,) = _scan.scan([("example.c", b"/* GIL \xff */", False)], 1).files
    (comment,) = file.comments_with({"gil"})
    assert comment.text == "/* GIL \ufffd */"
    assert comment.span.end_column == 12
