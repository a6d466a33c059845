"""Values, calls and models as Python source that makes them anew, in a process that has nothing else."""

from __future__ import annotations

import collections
import copy
import datetime as dt
import decimal
import fractions
import functools
import importlib
import json
import math
import operator
import pickle
import runpy
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.stress.hammer.observed import model

from ungil.stress.hammer.models.file import read_models
from ungil.stress.hammer.models.literal import LONGEST_PICKLE, UnwritableError, Writer
from ungil.stress.hammer.models.model import SUBJECT, Model, Operation, Written, operation
from ungil.stress.hammer.models.written import from_json, of_file, to_json, with_source, written_call


class Point:
    """A class of its own, whose ``repr`` says nothing."""

    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        """By what it holds."""
        return isinstance(other, Point) and other.x == self.x

    def __hash__(self) -> int:
        """Likewise."""
        return self.x


def made(writer: Writer, text: str) -> object:
    """What an expression comes to."""
    names: dict[str, Any] = {"DATA": writer.data, "copy": copy}
    for module in writer.imports:
        names[module.partition(".")[0]] = importlib.import_module(module.partition(".")[0])
        importlib.import_module(module)
    return eval(text, names)  # noqa: S307 - what the test is about


VALUES = [
    *(
        None,
        ...,
        True,
        3,
        -4.5,
        math.inf,
        -math.inf,
        1 + 2j,
        "it's\n",
        b"\xff",
        bytearray(b"x"),
        range(3),
        NotImplemented,
    ),
    *([1, [2]], (), (1,), (1, "a"), {1: [2]}, {}, set(), {1, "a"}, frozenset(), frozenset({1}), slice(1, None, 2)),
    *(int, len, math.sqrt, operator.getitem, dict.fromkeys, collections.OrderedDict, str.upper, json, Point),
    *(dt.date(2024, 2, 29), decimal.Decimal("1.10"), fractions.Fraction(1, 3), collections.deque([1, 2])),
    *(Point(3), {"a": (Point(1), [dt.timedelta(1)])}),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_made_anew(value: object) -> None:
    """What the source makes is equal and of the same class, and two of it are two if it can change."""
    writer = Writer()
    text = writer.value(value)
    again = made(writer, text)
    assert type(again) is type(value)
    assert again == value
    if isinstance(value, list | dict | set | bytearray | Point):
        assert made(writer, text) is not again


def test_what_is_not_a_number_is_written() -> None:
    """Though it does not equal itself."""
    writer = Writer()
    again = made(writer, writer.value(math.nan))
    assert isinstance(again, float)
    assert math.isnan(again)


def test_readable_source_is_preferred() -> None:
    """Names that can be imported, and reprs that can be read back, rather than pickles."""
    writer = Writer()
    assert writer.value([dt.date(2024, 2, 29), operator.getitem]) == "[datetime.date(2024, 2, 29), operator.getitem]"
    assert writer.value(fractions.Fraction(1, 3)) == "fractions.Fraction(1, 3)"
    assert writer.imports == {"datetime", "operator", "fractions"}


def test_a_set_is_written_the_same_each_time() -> None:
    """Whatever the hashes of this process are: two processes compare what they have written."""
    assert Writer().value({"b", "a", "c"}) == "{'a', 'b', 'c'}"


def test_what_is_too_long_to_be_read_lies_beside_the_source() -> None:
    """A long pickle becomes data, under a name that is the same each time."""
    value = Point(1 << 8 * LONGEST_PICKLE)
    writer = Writer()
    text = writer.value(value)
    assert text.startswith("pickle.loads(DATA['")
    assert Writer().value(value) == text
    assert made(writer, text) == value


@pytest.mark.parametrize("value", [lambda: 1, threading.Lock()], ids=["lambda", "lock"])
def test_what_has_no_source_says_so(value: object) -> None:
    """With the name of what it is about."""
    with pytest.raises(UnwritableError, match="has no source"):
        Writer().value(value)


def test_a_repr_that_makes_something_else_is_not_believed() -> None:
    """It is read back before it is used."""

    class Liar(list[int]):
        def __repr__(self) -> str:
            return "[1]"

    with pytest.raises(UnwritableError):
        Writer().value(Liar([2]))


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (operation("clear"), "subject.clear()"),
        (operation(("append", [1])), "subject.append([1])"),
        (operation((operator.setitem, 0, "a")), "operator.setitem(subject, 0, 'a')"),
        (operation(len), "len(subject)"),
        (Operation("sort", "sort", kwargs={"reverse": True}), "subject.sort(reverse=True)"),
        (Operation("sqrt", math.sqrt, (2,), alone=True), "math.sqrt(2)"),
        (Operation("extend", "extend", (SUBJECT,)), "subject.extend(subject)"),
        (Operation("append", "append", (1,), part=1), "subject[1].append(1)"),
        (Operation("add", operator.add, (SUBJECT, 1), part=0), "operator.add(subject[0], subject[0], 1)"),
        (Operation("put", "put", fresh=lambda: ((1,), {"k": 2})), "subject.put(1, k=2)"),
    ],
    ids=str,
)
def test_a_call_is_an_expression_on_the_subject(one: Operation, text: str) -> None:
    """Methods, functions, functions of a module, the subject as an argument, a part of it."""
    assert written_call(one).text == text


def defined(model: Model) -> dict[str, Any]:
    """What the source of a model defines."""
    sources = [source for source in (model.written, model.written_state) if source]
    names: dict[str, Any] = {}
    for source in sources:
        assert not source.why_not
        names |= {name: importlib.import_module(name) for name in source.imports}
        names |= {"FILE": runpy.run_path(source.file)} if source.file else {}
        exec(source.text, names)  # noqa: S102 - what the test is about
    return names


@pytest.mark.parametrize(
    ("make", "made"),
    [
        (list, []),
        (functools.partial(list, (1, 2)), [1, 2]),
        (functools.partial(dict, a=[1]), {"a": [1]}),
        (collections.OrderedDict, collections.OrderedDict()),
    ],
    ids=["class", "partial", "keywords", "of a module"],
)
def test_a_subject_is_made_anew(make: Any, made: object) -> None:  # noqa: ANN401 - what a model takes
    """By a class or function that can be imported, with the arguments that it is given."""
    names = defined(with_source(model("clear", make=make)))
    assert names["make"]() == made
    assert names["make"]() is not names["make"]()
    assert "state" not in names


@pytest.mark.parametrize(
    "state", [operator.methodcaller("copy"), list, sorted], ids=["methodcaller", "class", "function"]
)
def test_an_observer_is_written(state: Any) -> None:  # noqa: ANN401 - what a model takes
    """A function that can be imported, or one that operator makes."""
    assert defined(with_source(model("clear", state=state)))["state"]([2]) == [2]


def test_what_has_no_source_says_why() -> None:
    """A lambda, outside a model file: the reason is for the report, where a script would be named."""
    plain = with_source(model("clear", make=lambda: [1], state=lambda subject: subject))
    assert plain.written is not None
    assert (
        plain.written.why_not == "'test_what_has_no_source_says_why.<locals>.<lambda>' cannot be imported by its name"
    )
    assert plain.written_state is not None
    assert plain.written_state.why_not


def test_a_model_file_is_the_source_of_its_lambdas(tmp_path: Path) -> None:
    """What cannot be imported is taken from the file by its place in it; what can is written out."""
    file = tmp_path / "boxes.py"
    file.write_text(
        "make = lambda: [1]\nstate = lambda box: box\n"
        "ops = [lambda box: box.pop(), (lambda box, more: box.extend(more), [2]), ('append', object()), 'clear']\n"
    )
    left = runpy.run_path(str(file))
    found = of_file(model(*left["ops"], make=left["make"], state=left["state"]), file, "FILE", left["ops"])
    names = defined(found)
    assert names["state"](names["make"]()) == [1]
    calls = [one.written.text for one in found.operations if one.written]
    assert calls[3] == "subject.clear()"
    assert "FILE" not in calls[2]  # an object() can be pickled
    subject = [1]
    for text in calls[:2]:
        eval(text, names | {"subject": subject, "copy": copy})  # noqa: S307 - what the test is about
    assert subject == [2]


OF_ITS_OWN = """
from dataclasses import dataclass

@dataclass
class Point:
    x: int

def make():
    return [Point(1)]

def last(points):
    return points[-1]

def state(points):
    return points

models = [{"make": make, "ops": [("append", Point(2)), ("insert", 0, {"a": Point(3)}), last], "state": state}]
"""


def test_what_a_model_file_defines_is_imported_from_nowhere(tmp_path: Path) -> None:
    """Its functions and classes are taken from the file by their place in it, though the hammer has it as a module."""
    file = tmp_path / "points.py"
    file.write_text(OF_ITS_OWN)
    (found,) = read_models(file)
    names = defined(found)
    calls = [one.written.text for one in found.operations if one.written]
    assert all("FILE" in call for call in calls)
    subject = names["make"]()
    for text in calls:
        last = eval(text, names | {"subject": subject, "copy": copy})  # noqa: S307 - what the test is about
    assert repr(names["state"](subject)) == "[{'a': Point(x=3)}, Point(x=1), Point(x=2)]"
    assert last is subject[-1]


def test_a_model_object_of_a_file_is_bound_there(tmp_path: Path) -> None:
    """Where the file makes the model itself, its own operations are used."""
    file = tmp_path / "boxes.py"
    file.write_text(
        "from ungil.stress.hammer.models.model import Model, operation\n"
        "BOX = Model(name='Box', make=lambda: [], operations=(operation((lambda box, item: box.append(item), 5)),))\n"
    )
    left = runpy.run_path(str(file))
    found = of_file(left["BOX"], file, "FILE['BOX']")
    names = defined(found)
    subject = names["make"]()
    (one,) = found.operations
    assert one.written is not None
    eval(one.written.text, names | {"subject": subject})  # noqa: S307 - what the test is about
    assert subject == [5]


def test_source_survives_json() -> None:
    """The process that has the model tells another one, which has nothing else."""
    source = Written("pickle.loads(DATA['a'])", frozenset({"pickle"}), {"a": pickle.dumps([1])}, file="/m.py")
    assert from_json(json.loads(json.dumps(to_json(source)))) == source
    missing = Written(why_not="no source")
    assert from_json(json.loads(json.dumps(to_json(missing)))) == missing
