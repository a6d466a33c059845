"""Which files of Python are read, as what, and which cannot be."""

import pytest
from tests.facts.python.reading import HEAD, read

from ungil.facts.python import read as python
from ungil.source import Language, Source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import threading\nprint 'hello'\n", "not Python"),
        ("import threading\nif 1:\n\tx = 1\n        y = 2\n", "not Python"),
        ("import threading\nx = " + "(" * 5000 + ")" * 5000, "nested"),
        ("import threading\nx = " + "-" * 200_000 + "1", "nested"),
        ("# import threading\n" + "x = 1\n" * 700_000, "larger than"),
    ],
)
def test_what_cannot_be_read_is_noted_and_the_rest_is_read(text: str, said: str) -> None:
    """Python 2, mixed tabs, endless nesting, huge files: a note, never a stop."""
    facts = python.read(
        [Source(path, data.encode(), Language.PYTHON) for path, data in (("a.py", text), ("b.py", HEAD))]
    )
    ((path, why),) = facts.unread
    assert path == "a.py"
    assert said in why
    assert {one.name for one in facts.variables} == {"table", "count", "lock"}


def test_a_file_may_say_how_it_is_encoded() -> None:
    """What it declares is how it is read."""
    text = "# -*- coding: latin-1 -*-\nimport threading\n\xe9 = threading.Lock()\n"
    facts = python.read([Source("a.py", text.encode("latin-1"), Language.PYTHON)])
    assert ([one.name for one in facts.variables], facts.unread) == (["\xe9"], ())


def test_greenlets_are_a_loop() -> None:
    """A file that switches them is changed only where it waits, whatever word of threads it has."""
    facts = read("", green="import threading\nfrom other import greenlet\n", plain="import threading\n# greenlet\n")
    assert [one.path for one in facts.files if one.is_of_loop] == ["green.py"]
    assert all(one.is_of_threads for one in facts.files)


def test_a_file_without_a_word_of_threads_or_state_is_not_parsed() -> None:
    """It is counted, and costs nothing."""
    facts = python.read([Source("a.py", b"def f(x):\n    return x +\n", Language.PYTHON)])
    assert (facts.unread, facts.functions, [one.lines for one in facts.files]) == ((), (), [3])


def test_a_build_file_in_a_package_is_a_part_of_it() -> None:
    """builders.py beside __init__.py is library code, setup.py is not."""
    init = Source("spam/__init__.py", b"", Language.PYTHON)
    built = [Source(path, HEAD.encode(), Language.BUILD) for path in ("spam/builders.py", "setup.py", "spam/setup.py")]
    assert [one.path for one in python.read([init], built).files] == ["spam/__init__.py", "spam/builders.py"]
