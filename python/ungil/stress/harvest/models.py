"""A harvest as models: few examples of each operation, on objects that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ungil.stress.hammer.models.literal import Writer
from ungil.stress.hammer.models.model import Model, Operation
from ungil.stress.harvest.calls import Attribute, Right, nothing
from ungil.stress.harvest.corpus import Dropped, Life, Op
from ungil.stress.harvest.replay import Process, Rebuild, function_of, load
from ungil.stress.harvest.source import Source

__all__ = ["Harvest", "gather", "models"]

EXAMPLES: Final = 3
"""Of operations that differ only in the values of their arguments."""

SUBJECTS: Final = 4
"""Of one class."""

_TRIED: Final = 60
"""Lives of one class, of which the subjects are chosen."""

_ATTRIBUTES: Final = {
    "builtins:getattr": "{}",
    "builtins:setattr": "{}=",
    "builtins:delattr": "del {}",
}


@dataclass(slots=True)
class Harvest:
    """What a harvest comes to.

    Attributes:
        models: of each class up to ``SUBJECTS``, and one for each module with functions.
        dropped: what was seen and cannot be done again, and why.
    """

    models: list[Model] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Subject:
    """An object at one time, and how large it was when it was made again."""

    process: Process
    life: Life
    after: int
    size: int

    def __call__(self) -> object:
        """Make it."""
        return Rebuild(self.process).life(self.life.number, self.after)

    def write_make(self, writer: Writer) -> list[str]:
        """The lines of a function that makes it."""
        source = Source(self.process, writer)
        return source.lines(source.life(self.life.number, self.after))


@dataclass(frozen=True, slots=True)
class _WithParent:
    """An object together with the one that it came from."""

    subject: _Subject

    def __call__(self) -> tuple[object, object]:
        """Make both."""
        rebuild = Rebuild(self.subject.process)
        return rebuild.life(*self._parent), rebuild.life(self.subject.life.number, self.subject.after)

    def write_make(self, writer: Writer) -> list[str]:
        """The lines of a function that makes both."""
        source = Source(self.subject.process, writer)
        parent = source.life(*self._parent)
        return source.lines(parent, source.life(self.subject.life.number, self.subject.after))

    @property
    def _parent(self) -> tuple[int, int]:
        return self.subject.life.parent or 0, self.subject.life.after


def models(folder: Path) -> list[Model]:
    """The models of a harvest; its modules are imported, and its objects made again to see that they can be.

    Raises:
        SourceError: there is no harvest, or it cannot be read.
    """
    return gather(folder).models


def gather(folder: Path) -> Harvest:
    """The models of a harvest, and what was left out.

    Raises:
        SourceError: there is no harvest, or it cannot be read.
    """
    processes = load(folder)
    found = Harvest(dropped=[drop for process in processes for drop in process.dropped])
    operations = _operations(processes, found)
    for owner in sorted(operations):
        if all(operation.alone for operation in operations[owner]) and ":" not in owner:
            functions = operations[owner]
            model = Model(name=owner, make=nothing, operations=functions, source="harvest", owners=(owner,))
            found.models.append(model)
            continue
        subjects = _subjects(owner, processes)
        found.models += [_model(owner, subject, operations) for subject in subjects]
        if not subjects:
            found.dropped.append(Dropped(owner, "", "no object of it can be made again", "", 0))
    return found


def _model(owner: str, subject: _Subject, operations: dict[str, tuple[Operation, ...]]) -> Model:
    """One subject; an iterator or a view together with the object that it came from."""
    born, ops = subject.life, subject.process.ops
    source = f"harvest {ops[born.op].path}:{ops[born.op].line}"
    name = owner.partition(":")[2]
    parent = None if born.parent is None else subject.process.lives[born.parent]
    if parent is None or parent.owner == owner:
        return Model(name=name, make=subject, operations=operations[owner], source=source, owners=(owner,))
    of_parent = [replace(one, part=0) for one in operations.get(parent.owner, ()) if not one.alone]
    own = [replace(one, part=1) for one in operations[owner] if not one.alone]
    both = (*of_parent, *own)
    name = f"{parent.owner.partition(':')[2]} and its {name}"
    owners = (parent.owner, owner)
    return Model(name=name, make=_WithParent(subject), operations=both, source=source, owners=owners)


# ---- Operations


def _operations(processes: Iterable[Process], found: Harvest) -> dict[str, tuple[Operation, ...]]:
    alike: dict[tuple[str, object, tuple[str, ...]], dict[object, tuple[Process, Op]]] = defaultdict(dict)
    for process in processes:
        for op in process.ops.values():
            alike[op.owner, op.call, op.types].setdefault((op.args, op.kwargs), (process, op))
    by_owner: dict[str, list[Operation]] = defaultdict(list)
    for (owner, _, _), seen in alike.items():
        examples = sorted(seen.values(), key=lambda pair: sum(map(len, pair[1].args)))
        for process, op in _spread(examples, EXAMPLES):
            made = _operation(process, op)
            if isinstance(made, Operation):
                by_owner[owner].append(made)
            else:
                found.dropped.append(made)
    return {owner: tuple(made) for owner, made in by_owner.items()}


def _operation(process: Process, op: Op) -> Operation | Dropped:
    """The operation, or why it cannot be done again."""
    name = op.call.name.rpartition(":")[2]
    try:
        args, kwargs = Rebuild(process).arguments(op)
        target: Any = op.call.name if op.call.how == "method" else function_of(op.call.name)
    except Exception as error:  # noqa: BLE001 - a value that needs what the tests had
        return Dropped(op.owner, name, f"an argument does not load: {type(error).__name__}: {error}", op.path, op.line)
    if op.call.place:
        target = Right(target)
    if op.call.name in _ATTRIBUTES:
        name = _ATTRIBUTES[op.call.name].format(args[0])
    if op.call.name == "builtins:getattr":
        target, args = Attribute(args[0]), ()
    return Operation(
        name=name.rpartition(".")[2],
        target=target,
        args=args,
        kwargs=kwargs,
        alone=op.call.how == "alone",
        source=f"harvest {op.path}:{op.line}",
        fresh=_Fresh(process, op) if _changeable(op) else None,
    )


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Loads the arguments anew for each run."""

    process: Process
    op: Op

    def __call__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return Rebuild(self.process).arguments(self.op)

    def write_arguments(self, writer: Writer, subject: str) -> tuple[list[str], dict[str, str]]:
        """Expressions for them."""
        return Source(self.process, writer).arguments(self.op, subject)


def _changeable(op: Op) -> bool:
    """Whether a run may leave something behind in an argument: atoms are small, and have no marks of a container."""
    return not all(kind.rpartition("=")[2] in {"int", "str", "bytes", "float", "bool", "NoneType"} for kind in op.types)


# ---- Subjects


def _subjects(owner: str, processes: Iterable[Process]) -> list[_Subject]:
    """Some that differ in size: the smallest, the largest, some in between."""
    lives = [(process, life) for process in processes for life in process.lives.values() if life.owner == owner]
    tried = [
        subject
        for process, life in _spread(lives, _TRIED)
        for after in sorted({0, len(process.history[life.number])})
        if (subject := _tried(process, life, after))
    ]
    by_size: dict[int, _Subject] = {}
    for subject in tried:
        by_size.setdefault(subject.size, subject)
    return _spread([by_size[size] for size in sorted(by_size)], SUBJECTS)


def _tried(process: Process, life: Life, after: int) -> _Subject | None:
    try:
        made = Rebuild(process).life(life.number, after)
        size = len(made) if hasattr(type(made), "__len__") else after
    except Exception:  # noqa: BLE001 - it needs something that the tests had
        return None
    return _Subject(process, life, after, size)


def _spread[T](items: Sequence[T], count: int) -> list[T]:
    """At most ``count`` of them, at even distances, the first and the last among them."""
    if len(items) <= count:
        return list(items)
    return [items[round(index * (len(items) - 1) / (count - 1))] for index in range(count)]
