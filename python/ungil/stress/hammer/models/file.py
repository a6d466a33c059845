"""A model as its user writes it: a Python file with ``make`` and ``ops``.

It is read in the process that runs it, since objects are made by what it defines.

    from mymodule import Box

    make = Box
    ops = ["clear", ("put", "key", 1), (operator.getitem, "key")]
    state = dict                                    # what can be seen of a box
    relaxed = {"items": "the documentation says that it is weakly consistent"}
    contract = "any"                                # or "readers"

Several models are a list ``models`` of dictionaries with these keys, or of ``Model`` objects; or each ``Model`` has a
name of its own. An operation that is a
function gets what ``make`` made, which may be several objects: ``make = lambda: (Box(), Box())``. Where ``make`` is
None there is no object, and each operation is a function that is called alone.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ungil.errors import ModelError, nearest
from ungil.stress.hammer.models.model import Contract, Model, Operation, operation
from ungil.stress.hammer.models.written import of_file
from ungil.stress.harvest.calls import nothing

__all__ = ["bound", "model_of", "read_models"]

_KEYS: Final = ("contract", "make", "name", "ops", "relaxed", "state")
_LAST_LINES: Final = 8
_ALIKE: Final = 0.82
"""``relax`` is ``relaxed`` misspelt, ``start`` is not ``state``: a file may define whatever it needs."""


def read_models(path: Path) -> list[Model]:
    """Run the file and return its models, each of whose operations was seen to bind to a fresh subject.

    Each has the source of its parts, for scripts: by themselves, or taken from the file.

    Raises:
        ModelError: it is not there, it raises, or it says something that means nothing: what, and what to write.
    """
    written = _run(path)
    objects = {name: value for name, value in written.items() if isinstance(value, Model)}
    several = written.get("models")
    if several is None and objects and "make" not in written:
        found = [of_file(model, path, f"FILE[{name!r}]") for name, model in objects.items()]
    elif several is None:
        found = [of_file(_model(_defined(written, path), path.stem, str(path)), path, "FILE", written["ops"])]
    elif not isinstance(several, Sequence) or not several or isinstance(several, str):
        raise ModelError(f"{path}: models is no list of models.", "Write a list of dictionaries, or of Model objects.")
    else:
        found = [_one_of_several(one, path, index) for index, one in enumerate(several)]
    return [bound(model, path) for model in found]


def _run(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ModelError(f"There is no model file {path}.", "Give the path of a Python file with make and ops.")
    spec = spec_from_file_location(f"model file {path.stem}", path)
    if spec is None:
        raise ModelError(f"{path} is no Python file.", "Give the path of a file whose name ends in .py.")
    module = sys.modules[spec.name] = module_from_spec(spec)  # where a dataclass looks for its module
    try:
        exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102 - the user's own
    except (Exception, SystemExit) as error:
        raise ModelError(f"{path} raises {type(error).__name__} when it is run.", _where(error, path)) from error
    return vars(module)


def _defined(written: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What the file says, apart from what it needs to say it."""
    missing = [key for key in _KEYS if key not in written and key != "name"]
    for name in written:
        near = get_close_matches(name.lower(), missing, n=1, cutoff=_ALIKE)
        if near and name not in _KEYS and not name.startswith("_"):
            raise ModelError(f"{path} defines {name}, which is no part of a model.", f"Did you mean '{near[0]}'?")
    return {key: written[key] for key in _KEYS if key in written}


def _one_of_several(one: object, path: Path, index: int) -> Model:
    where, place = f"{path}, models[{index}]", f'FILE["models"][{index}]'
    if isinstance(one, Model):
        return of_file(one, path, place)
    if not isinstance(one, Mapping):
        raise ModelError(f"{where} is {one!r}.", "A model is a dictionary with make and ops, or a Model object.")
    return of_file(model_of(one, f"{path.stem}[{index}]", where), path, place, one["ops"])


def model_of(said: Mapping[Any, Any], name: str, where: str) -> Model:
    """The model that a dictionary with the keys of a model file says.

    Args:
        said: ``make``, ``ops``, and what else there is.
        name: of the model, unless it says one, or ``make`` has one.
        where: it was said, for errors and reports.

    Raises:
        ModelError: it says something that means nothing: what, and what to write.
    """
    for key in said:
        if key not in _KEYS:
            advice = nearest(str(key), _KEYS) or f"The keys of a model are {', '.join(_KEYS)}."
            raise ModelError(f"{where} has a key {key!r}, which is no part of a model.", advice)
    return _model(dict(said), name, where)


def bound(model: Model, path: Path) -> Model:
    """The model with its owners, once each of its operations was seen to bind to a fresh subject.

    Raises:
        ModelError: no subject can be made, or an operation cannot be done to it.
    """
    owners = model.owners or _bind_all(model, path)
    name = model.name
    if not isinstance(model.make, type) and name == getattr(model.make, "__qualname__", ""):
        name = " and ".join(owner.partition(":")[2] for owner in owners)  # a function is not what it makes
    return replace(model, name=name, owners=owners)


def _model(said: dict[str, Any], name: str, where: str) -> Model:
    for key in ("make", "ops"):
        if key not in said:
            raise ModelError(f"{where} does not define {key}.", _MISSING[key])
    make, state = said["make"], said.get("state")
    if make is not None and not callable(make):
        raise ModelError(f"{where}: make is {make!r}, which cannot be called.", "Write the class, or a function.")
    if state is not None and not callable(state):
        raise ModelError(f"{where}: state is {state!r}, which cannot be called.", "Write a function of the subject.")
    named = said.get("name") or ""
    if not isinstance(named, str):
        raise ModelError(
            f"{where}: name is {named!r}.", "It is the name of the model, in reports: call this another name."
        )
    operations = _operations(said["ops"], where, alone=make is None)
    return Model(
        name=named or getattr(make, "__qualname__", None) or name,
        make=make or nothing,
        operations=operations,
        state=state,
        relaxed=_relaxed(said.get("relaxed", {}), operations, where),
        contract=_contract(said.get("contract", Contract.ANY), where),
        source=where,
    )


_MISSING: Final = {
    "make": "Write make = MyClass, or a function that returns a fresh object, or None for functions of a module.",
    "ops": 'Write ops = ["clear", ("append", 1)]: what threads do to the object.',
}


def _operations(written: object, where: str, *, alone: bool) -> tuple[Operation, ...]:
    if not isinstance(written, Sequence) or isinstance(written, str) or not written:
        raise ModelError(f"{where}: ops is {written!r}.", 'Write a list such as ["clear", ("append", 1)].')
    found = []
    for one in written:
        try:
            read = operation(one)
        except TypeError as error:
            raise ModelError(f"{where}: {error}.", 'Write "clear", ("append", 1) or (operator.getitem, 0).') from error
        if alone and isinstance(read.target, str):
            advice = "Write the function itself, or a make that returns an object which has that method."
            raise ModelError(f"{where}: there is no object, so {read.name} cannot be a method.", advice)
        found.append(replace(read, alone=read.alone or alone))
    return tuple(found)


def _relaxed(written: object, operations: Sequence[Operation], where: str) -> dict[str, str]:
    if not isinstance(written, Mapping):
        advice = 'Write {"items": "what the documentation says"}.'
        raise ModelError(f"{where}: relaxed is no dictionary of names and reasons.", advice)
    names = {one.name for one in operations}
    for name, reason in written.items():
        if name not in names:
            advice = nearest(str(name), names) or f"The operations are {', '.join(sorted(names))}."
            raise ModelError(f"{where}: relaxed names {name!r}, which is no operation.", advice)
        if not isinstance(reason, str) or not reason.strip():
            advice = "Say where the documentation allows that it is less than atomic."
            raise ModelError(f"{where}: relaxed gives no reason for {name!r}.", advice)
    return dict(written)


def _contract(written: object, where: str) -> Contract:
    try:
        return Contract(written)  # type: ignore[arg-type]
    except ValueError as error:
        known = [contract.value for contract in Contract]
        advice = nearest(str(written), known) or f"The contracts are {', '.join(known)}."
        raise ModelError(f"{where}: the contract {written!r} is unknown.", advice) from error


def _bind_all(model: Model, path: Path) -> tuple[str, ...]:
    """See that a subject can be made, and that it has what is done to it; the class of it, or of each part."""
    try:
        subject = model.make()
    except (Exception, SystemExit) as error:
        raise ModelError(f"{path}: make raises {type(error).__name__}.", _where(error, path)) from error
    for one in model.operations:
        try:
            one.bind(subject)
        except AttributeError as error:
            advice = nearest(str(one.target), dir(subject)) or f"It is a {type(subject).__qualname__}."
            raise ModelError(f"{path}: {error}, so {one} cannot be done to it.", advice) from error
        except Exception as error:
            raise ModelError(f"{path}: {one} cannot be done to what make makes.", _where(error, path)) from error
    parts = subject if type(subject) is tuple else (subject,)
    return tuple(f"{type(part).__module__}:{type(part).__qualname__}" for part in parts)


def _where(error: BaseException, path: Path) -> str:
    """The last lines of the traceback, from the file on."""
    begin = error.__traceback__
    while begin and begin.tb_frame.f_code.co_filename != str(path) and begin.tb_next:
        begin = begin.tb_next
    if not _passes(begin, path):
        begin = error.__traceback__
    lines = "".join(traceback.format_exception(type(error), error, begin)).rstrip().splitlines()
    return "\n  ".join(["Its traceback ends with:", *lines[-_LAST_LINES:]])


def _passes(begin: TracebackType | None, path: Path) -> bool:
    return begin is not None and begin.tb_frame.f_code.co_filename == str(path)
