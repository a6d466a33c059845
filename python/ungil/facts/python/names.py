"""What expressions of Python mean: names through imports, subjects, and what a value is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ungil.facts.python.model import Kind, Place

__all__ = [
    "EMPTY",
    "Imports",
    "children",
    "dotted",
    "every_statement",
    "is_lock_name",
    "kind_of",
    "place_of",
    "statements",
    "text_of",
]

_LOCK_NAME = re.compile(
    r"(?<![bc])(?<!un)(?<!non)lock(?!step|out|down|file)|mutex|semaphore|(?<![a-z])cond(?:ition)?(?![a-z])"
    r"|(?<![a-z])(?:cv|guard|sem)(?![a-z])|critical_?section|synchroni[sz]e|(?<![a-z])exclusive",
    re.IGNORECASE,
)
EMPTY = "empty"
"""What a container is made by that is filled afterwards."""

_MAKES_LOCK = re.compile(r"(?:\w*_)?(?:r|rw|thread)?_?(?:lock|mutex)|\w*[a-z](?:Lock|Mutex)")
_KINDS = {
    "Lock": Kind.LOCK,
    "allocate_lock": Kind.LOCK,
    "RLock": Kind.RLOCK,
    "Condition": Kind.CONDITION,
    "Semaphore": Kind.SEMAPHORE,
    "BoundedSemaphore": Kind.SEMAPHORE,
    "Event": Kind.EVENT,
    "Barrier": Kind.EVENT,
    "local": Kind.LOCAL,
    "Thread": Kind.THREAD,
    "Timer": Kind.THREAD,
}
_THREADING = {"threading", "_thread", "multiprocessing", "thread", "dummy_threading"}
_KINDS_OF_QUEUE = {"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "JoinableQueue"}
_KINDS_OF_EXECUTOR = {"ThreadPoolExecutor", "ProcessPoolExecutor", "InterpreterPoolExecutor", "ThreadPool"}
_CONTAINERS = {
    "dict": Kind.DICT,
    "OrderedDict": Kind.DICT,
    "defaultdict": Kind.DICT,
    "Counter": Kind.DICT,
    "list": Kind.LIST,
    "set": Kind.SET,
    "deque": Kind.DEQUE,
    "WeakValueDictionary": Kind.WEAK,
    "WeakKeyDictionary": Kind.WEAK,
    "WeakSet": Kind.WEAK,
}
_ITERATORS = {"iter", "map", "filter", "zip", "enumerate", "reversed", "cycle", "chain", "islice", "product", "groupby"}
_LOOPS = ("asyncio", "anyio", "trio", "curio", "aio")
_CONTAINER_NODES: dict[type[ast.expr], Kind] = {
    ast.Dict: Kind.DICT,
    ast.DictComp: Kind.DICT,
    ast.List: Kind.LIST,
    ast.ListComp: Kind.LIST,
    ast.Set: Kind.SET,
    ast.SetComp: Kind.SET,
    ast.GeneratorExp: Kind.ITERATOR,
    ast.Constant: Kind.CONSTANT,
    ast.JoinedStr: Kind.CONSTANT,
    ast.Lambda: Kind.CLASS,
}

# Fields that hold words, or what says how a node is used: nothing in them is a node that could have a name in it.
_WORDS = {"ctx", "op", "ops", "id", "attr", "arg", "name", "names", "module", "kind", "rest", "kwd_attrs", "tag", "str"}
_FIELDS = {
    one: tuple(name for name in one._fields if name not in _WORDS and one is not ast.Constant)
    for one in vars(ast).values()
    if isinstance(one, type) and issubclass(one, ast.AST)
}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below one: ``ast.iter_child_nodes()`` without operators and contexts, in half the time."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [one for one in value if one is not None]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def is_lock_name(name: str) -> bool:
    """Does something of that name, a decorator or a context manager, hold a lock?"""
    return _LOCK_NAME.search(name) is not None


def place_of(node: ast.AST) -> Place:
    """Where a node stands."""
    assert isinstance(node, ast.expr | ast.stmt | ast.ExceptHandler | ast.arg | ast.keyword)  # noqa: S101 - for mypy: the others have no place
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset
    return Place(node.lineno, node.col_offset + 1, end_line, (end_column or node.col_offset) + 1)


def text_of(node: ast.AST) -> str:
    """A node as text; of a long one, only that it is long."""
    name = dotted(node)
    if name:
        return name
    if isinstance(node, ast.Constant):
        return repr(node.value)[:60]
    try:
        return ast.unparse(node)[:200]
    except (RecursionError, ValueError):
        return "..."


def dotted(node: ast.AST | None) -> str:
    """``a.b.c`` of names and attributes; ``().c`` where what comes before is something else; "" of anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return ".".join([node.id, *reversed(parts)])
    if isinstance(node, ast.Call) and parts:
        return _of_call(node, parts)
    return ".".join(["()", *reversed(parts)]) if parts else ""


def _of_call(node: ast.Call, parts: list[str]) -> str:
    """``type(self).x`` is an attribute of the class; ``super().x`` one of the object."""
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    first = {"type": "self.__class__", "super": "super()"}.get(called, "()")
    return ".".join([first, *reversed(parts)])


@dataclass(slots=True)
class Imports:
    """What the names that a file imports stand for."""

    names: dict[str, str] = field(default_factory=dict)

    def read(self, nodes: Iterable[ast.AST]) -> None:
        """Adds what these statements import."""
        for node in nodes:
            if isinstance(node, ast.Import):
                for one in node.names:
                    self.names[one.asname or one.name.partition(".")[0]] = (
                        one.name if one.asname else one.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                for one in node.names:
                    self.names[one.asname or one.name] = f"{module}.{one.name}"

    def resolve(self, name: str) -> str:
        """The name with its first part replaced by what is imported under it."""
        first, dot, rest = name.partition(".")
        return f"{self.names.get(first, first)}{dot}{rest}"


def kind_of(node: ast.expr | None, imports: Imports) -> tuple[Kind, str]:  # noqa: PLR0911 - one for each kind
    """What a value is, and what it is made by."""
    if isinstance(node, ast.Constant) and node.value is None:
        return Kind.NONE, "None"
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return Kind.CONSTANT, ""
    if isinstance(node, ast.BoolOp):
        return kind_of(node.values[-1], imports)
    if isinstance(node, ast.IfExp):
        kinds = (kind_of(node.body, imports), kind_of(node.orelse, imports))
        return next((one for one in kinds if one[0] is not Kind.NONE), kinds[0])
    if isinstance(node, ast.NamedExpr | ast.Await):
        return kind_of(node.value, imports)
    if isinstance(node, ast.Call):
        return _kind_of_call(node, imports)
    if isinstance(node, ast.Dict | ast.List) and not (node.keys if isinstance(node, ast.Dict) else node.elts):
        return _CONTAINER_NODES[type(node)], EMPTY
    return _CONTAINER_NODES.get(type(node), Kind.OTHER) if node is not None else Kind.OTHER, ""


def _kind_of_call(node: ast.Call, imports: Imports) -> tuple[Kind, str]:  # noqa: C901, PLR0911 - the same
    name = imports.resolve(dotted(node.func))
    before, _, last = name.rpartition(".")
    top = before.lstrip(".").partition(".")[0]
    if last in {"field", "ib", "attrib", "Factory"}:
        return _kind_of_field(node, imports)
    if any(part in _LOOPS for part in before.split(".")):
        return (Kind.ASYNC_LOCK if last in _KINDS else Kind.OTHER), last
    is_threads = top in _THREADING or "threading" in before or (not before and last in {"Lock", "RLock"})
    if last in _KINDS and is_threads:
        return _KINDS[last], last
    if last in {"Lock", "RLock"}:
        return Kind.SOME_LOCK, last
    if last in _KINDS_OF_QUEUE and (top in {"queue", "Queue", "multiprocessing"} or last == "SimpleQueue"):
        return Kind.QUEUE, last
    if last in _KINDS_OF_EXECUTOR:
        return Kind.EXECUTOR, last
    if last in _CONTAINERS and (not before or top in {"collections", "weakref", "typing"}):
        is_empty = not node.args or last == "defaultdict"
        return _CONTAINERS[last], EMPTY if is_empty and not node.keywords else last
    if last == "ContextVar":
        return Kind.CONTEXT_VARIABLE, last
    if (last in _ITERATORS and not before) or top == "itertools":
        return (Kind.COUNTER if last == "count" else Kind.ITERATOR), last
    if last in {"namedtuple", "TypeVar", "NewType", "ParamSpec", "getLogger"}:
        return Kind.CLASS, last
    if _MAKES_LOCK.fullmatch(last):
        return Kind.SOME_LOCK, last
    is_class = last.lstrip("_")[:1].isupper() and not last.isupper()
    return (Kind.INSTANCE if is_class else Kind.RESULT), last


def _kind_of_field(node: ast.Call, imports: Imports) -> tuple[Kind, str]:
    """A field of a dataclass, by what makes its default."""
    for one in node.keywords:
        if one.arg in {"default_factory", "factory"}:
            made = ast.Call(func=one.value, args=[], keywords=[])
            return kind_of(one.value.body, imports) if isinstance(one.value, ast.Lambda) else kind_of(made, imports)
        if one.arg == "default":
            return kind_of(one.value, imports)
    return Kind.OTHER, ""


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or a class, through conditions, ``try`` and ``with``."""
    waiting = list(body)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            inner = [*node.body, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]
            inner += [one for handler in getattr(node, "handlers", ()) for one in handler.body]
            waiting.extend(inner[::-1])


def every_statement(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The same, with those of the functions and classes inside."""
    waiting = list(body)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        for name in ("finalbody", "orelse", "body"):
            waiting.extend(getattr(node, name, ())[::-1])
        for one in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            waiting.extend(one.body[::-1])
