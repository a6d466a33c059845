"""A model file means what it says, and each mistake in one is told with what to write instead."""

from __future__ import annotations

import operator
from pathlib import Path

import pytest

from ungil.errors import ModelError
from ungil.stress.hammer.models.file import read_models
from ungil.stress.hammer.models.model import SUBJECT, Contract, Operation


def written(folder: Path, text: str) -> Path:
    """A model file."""
    path = folder / "model.py"
    path.write_text(text)
    return path


def test_one_model(tmp_path: Path) -> None:
    """A file defines one model by names."""
    text = """
import operator
make = dict
ops = ["clear", ("setdefault", "a", 1), (operator.getitem, "a"), len]
state = sorted
relaxed = {"clear": "the documentation says so"}
contract = "readers"
"""
    (model,) = read_models(written(tmp_path, text))
    assert model.name == "dict"
    assert model.make() == {}
    assert [str(one) for one in model.operations] == ["clear()", "setdefault('a', 1)", "getitem('a')", "len()"]
    assert model.operations[2].target is operator.getitem
    assert model.state is sorted
    assert model.relaxed == {"clear": "the documentation says so"}
    assert model.contract is Contract.READERS
    assert model.source.endswith("model.py")


def test_several_models(tmp_path: Path) -> None:
    """A list holds dictionaries and Model objects."""
    text = """
from ungil.stress.hammer.models.model import Model, operation
models = [
    {"name": "first", "make": list, "ops": [("append", 1)]},
    Model(name="second", make=set, operations=(operation(("add", 1)),)),
]
"""
    assert [model.name for model in read_models(written(tmp_path, text))] == ["first", "second"]


def test_models_by_name(tmp_path: Path) -> None:
    """Each Model object that a file leaves behind is a model, and scripts can take its parts from the file."""
    text = """
from ungil.stress.hammer.models.model import Model, operation
box = Model(name="box", make=lambda: [1], operations=(operation("clear"),))
"""
    path = written(tmp_path, text)
    (model,) = read_models(path)
    assert model.name == "box"
    assert model.owners == ("builtins:list",)
    assert model.written is not None
    assert (model.written.text, model.written.file) == ("make = FILE['box'].make\n", str(path))


def test_functions_alone(tmp_path: Path) -> None:
    """Without an object, each operation is a function that is called with its arguments only."""
    (model,) = read_models(written(tmp_path, "import math\nmake = None\nops = [(math.gcd, 4, 6)]"))
    (one,) = model.operations
    function, args, kwargs = one.bind(model.make())
    assert function(*args, **kwargs) == 2


def test_two_objects(tmp_path: Path) -> None:
    """An operation may be a function of several objects, or one on a part of them."""
    text = """
from ungil.stress.hammer.models.model import Operation
def move(boxes): boxes[1].append(boxes[0].pop())
make = lambda: ([1], [])
ops = [move, Operation("pop", "pop", part=0)]
"""
    (model,) = read_models(written(tmp_path, text))
    subject = model.make()
    function, args, kwargs = model.operations[0].bind(subject)
    function(*args, **kwargs)
    assert subject == ([], [1])
    with pytest.raises(IndexError):
        call(model.operations[1], subject)


def test_the_subject_as_an_argument() -> None:
    """SUBJECT stands for the object of the run."""
    subject = [1]
    call(Operation("extend", "extend", (SUBJECT,)), subject)
    assert subject == [1, 1]
    assert str(Operation("extend", "extend", (SUBJECT,))) == "extend(SUBJECT)"


def call(one: Operation, subject: object) -> object:
    """Do an operation."""
    function, args, kwargs = one.bind(subject)
    return function(*args, **kwargs)


MISTAKES = {
    "no_make": ("ops = ['clear']", "does not define make", "Write make ="),
    "no_ops": ("make = dict", "does not define ops", "Write ops ="),
    "misspelt": ("make = dict\nops = ['clear']\nrelax = {}", "defines relax", "Did you mean 'relaxed'?"),
    "unknown_key": ("models = [{'mak': dict, 'ops': ['clear']}]", "has a key 'mak'", "Did you mean 'make'?"),
    "strange_key": ("models = [{'zzz': 1}]", "has a key 'zzz'", "The keys of a model are"),
    "no_models": ("models = []", "models is no list", "Write a list"),
    "no_dictionary": ("models = [3]", "models[0] is 3", "A model is a dictionary"),
    "make_is_no_function": ("make = 3\nops = ['clear']", "make is 3", "Write the class"),
    "state_is_no_function": ("make = dict\nops = ['clear']\nstate = 3", "state is 3", "Write a function"),
    "ops_is_a_string": ("make = dict\nops = 'clear'", "ops is 'clear'", "Write a list"),
    "no_operation": ("make = dict\nops = [3]", "an operation is a name", 'Write "clear"'),
    "method_of_nothing": ("make = None\nops = ['clear']", "so clear cannot be a method", "Write the function itself"),
    "no_such_method": ("make = dict\nops = ['claer']", "no attribute 'claer'", "Did you mean 'clear'?"),
    "relaxed_is_a_list": ("make = dict\nops = ['clear']\nrelaxed = ['clear']", "relaxed is no dictionary", "Write {"),
    "relaxed_unknown": (
        "make = dict\nops = ['clear']\nrelaxed = {'cler': 'x'}",
        "names 'cler'",
        "Did you mean 'clear'?",
    ),
    "relaxed_without_reason": ("make = dict\nops = ['clear']\nrelaxed = {'clear': ''}", "gives no reason", "Say where"),
    "name": ("def name(_): 'an operation'\nmake = dict\nops = [name]", "name is <function", "call this another name"),
    "unknown_contract": ("make = dict\nops = ['clear']\ncontract = 'reader'", "'reader' is unknown", "'readers'?"),
    "raises": ("import nothing_like_it", "raises ModuleNotFoundError", "No module named 'nothing_like_it'"),
    "exits": ("raise SystemExit(3)", "raises SystemExit", "SystemExit: 3"),
    "no_python": ("make = ", "raises SyntaxError", "invalid syntax"),
    "make_raises": ("def make():\n    return 1 / 0\nops = ['clear']", "make raises ZeroDivisionError", "return 1 / 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str, tmp_path: Path) -> None:
    """The error names the file, what is wrong, and what to write."""
    text, happened, advice = MISTAKES[name]
    path = written(tmp_path, text)
    with pytest.raises(ModelError) as caught:
        read_models(path)
    assert str(path) in caught.value.happened
    assert happened in caught.value.happened
    assert advice in caught.value.advice


def test_no_file(tmp_path: Path) -> None:
    """A path that leads nowhere is told."""
    with pytest.raises(ModelError, match=r"There is no model file .*none\.py"):
        read_models(tmp_path / "none.py")


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    """A file of another kind is told."""
    path = tmp_path / "model.txt"
    path.write_text("make = dict")
    with pytest.raises(ModelError, match=r"is no Python file"):
        read_models(path)


def test_other_names_are_the_files_own(tmp_path: Path) -> None:
    """A file may define whatever it needs besides."""
    text = """
from __future__ import annotations
import dataclasses, re
@dataclasses.dataclass
class Size:
    of: int
start = data = date = names = 3
def filled(): return dict(a=data)
make = filled
ops = ["clear"]
"""
    assert read_models(written(tmp_path, text))[0].make() == {"a": 3}
