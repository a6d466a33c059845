"""What the C API promises: which calls borrow, make something new, or let others reach an argument.

The facts, and what to call instead, are in ``capi.toml``, one table per function; this loads them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = ["ApiFunction", "Kind", "borrowing_from", "changing", "functions", "is_api", "lookup"]

type Kind = Literal["list", "dict", "weakref", "cell", "function", "module", "sys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFunction:
    """One function of the C API. The keys of ``capi.toml`` are documented at its head."""

    name: str
    container: int | None = None
    kind: Kind | None = None
    fresh: bool = False
    immutable: bool = False
    calls: bool = False
    settled: bool = False
    changes: int | None = None
    publishes: frozenset[int] = frozenset()
    runs_python: bool = False
    hashes: int | None = None
    drops: int | None = None
    detaches: bool = False
    replacement: str | None = None
    since: str | None = None
    compat: bool = False
    added: str | None = None
    gone: str | None = None

    @property
    def advice(self) -> str:
        """The replacement with the version that brought it, ready for a sentence."""
        carried = "; pythoncapi-compat has it for older versions" if self.compat else ""
        return f"{self.replacement}() (Python {self.since}{carried})"


@cache
def functions() -> dict[str, ApiFunction]:
    """Every function that ``capi.toml`` knows, by name. Callers do not change it."""
    tables = tomllib.loads(Path(__file__).with_name("capi.toml").read_text(encoding="utf-8"))
    return {name: _function(name, table) for name, table in tables.items()}


@cache
def borrowing_from(kind: Kind) -> frozenset[str]:
    """The functions that return a reference borrowed from such a container."""
    return frozenset(name for name, function in functions().items() if function.kind == kind)


@cache
def changing() -> frozenset[str]:
    """The functions that add, replace or remove items of a container."""
    return frozenset(name for name, function in functions().items() if function.changes is not None)


def lookup(name: str) -> ApiFunction:
    """What is known of ``name``; of an unknown function, nothing."""
    return functions().get(name) or ApiFunction(name=name)


# The types and subjects after which the functions of the C API are named.
_API = re.compile(
    r"""_?Py(
    AnyDict|Arg|AsyncGen|Bool|Buffer|ByteArray|Bytes|CFunction|Callable|Capsule|Cell|Code|Codec|Complex|Context|
    ContextVar|Coro|CriticalSection|Date|DateTime|Descr|Dict|DictProxy|Err|Eval|Exception|Float|Frame|FrozenSet|
    Function|Gen|Import|Instance|InterpreterState|Iter|List|Long|Mapping|Member|MemoryView|Method|Module|Mutex|
    Number|OS|Object|Picklebuffer|Property|Range|Sequence|Set|Slice|State|StaticMethod|String|StructSequence|
    Structseq|Sys|Thread|ThreadState|Trace|TraceBack|Tuple|Type|Unicode|UnicodeWriter|Unstable|Vectorcall|
    Weakref|Wrapper
    )?_""",
    re.VERBOSE,
)


def is_api(name: str) -> bool:
    """Is it named as a function of the C API is: ``PyList_New``, ``_PyDict_Pop``, ``Py_BuildValue``?"""
    return _API.match(name) is not None


def _function(name: str, table: dict[str, Any]) -> ApiFunction:
    publishes = frozenset(table.pop("publishes", ()))
    return ApiFunction(name=name, publishes=publishes, **table)
