"""What Python's syntax and builtin functions do to an object through slots of its type."""

from __future__ import annotations

import builtins
import copy
import operator
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from ungil.stress.hammer.models.literal import Writer
from ungil.stress.hammer.models.model import SUBJECT
from ungil.stress.harvest.calls import enter_and_exit, iterate

__all__ = ["PROTOCOLS", "Protocol"]


class Protocol(NamedTuple):
    """What goes through a slot.

    Attributes:
        call: with the object first.
        arguments: those to try, the likeliest first.
    """

    call: Callable[..., object]
    arguments: tuple[tuple[Any, ...], ...] = ((),)


class _AsBytes:
    """A copy of what the buffer of an object holds."""

    __name__ = "as_bytes"

    def __call__(self, buffer: Any) -> bytes:  # noqa: ANN401 - whatever has the buffer protocol
        """The copy."""
        return bytes(memoryview(buffer))

    def write(self, writer: Writer, given: Sequence[str]) -> str:  # noqa: ARG002 - as others do
        """The call as an expression."""
        return f"bytes(memoryview({given[0]}))"


_KEYS: Final = (0, "a", slice(0, 2), 1, b"a", (0, 0))
_OPERANDS: Final[tuple[tuple[Any, ...], ...]] = ((SUBJECT,), (2,), (1.5,), ("a",), ([1, 2],), ({"a": 1},))
_BINARY: Final = (
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "lshift",
    "rshift",
    "and_",
    "or_",
    "xor",
    "pow",
)
_COMPARED: Final = ("eq", "ne", "lt", "le", "gt", "ge")


def _binary() -> dict[str, Protocol]:
    found = {}
    for name in _BINARY:
        plain = name.rstrip("_")
        found[f"__{plain}__"] = Protocol(getattr(operator, name), _OPERANDS)
        if hasattr(operator, f"i{plain}"):
            found[f"__i{plain}__"] = Protocol(getattr(operator, f"i{plain}"), _OPERANDS)
    for name in _COMPARED:
        found[f"__{name}__"] = Protocol(getattr(operator, name), ((SUBJECT,), (1,)))
    return found


PROTOCOLS: Final[dict[str, Protocol]] = {
    **_binary(),
    "__len__": Protocol(len),
    "__iter__": Protocol(iterate),
    "__next__": Protocol(next),
    "__reversed__": Protocol(reversed),
    "__contains__": Protocol(operator.contains, ((1,), ("a",), (b"a",), (None,))),
    "__getitem__": Protocol(operator.getitem, tuple((key,) for key in _KEYS)),
    "__setitem__": Protocol(operator.setitem, tuple((key, value) for key in _KEYS for value in (1, "b", b"b", [1]))),
    "__delitem__": Protocol(operator.delitem, tuple((key,) for key in _KEYS)),
    "__hash__": Protocol(hash),
    "__repr__": Protocol(repr),
    "__str__": Protocol(str),
    "__bool__": Protocol(bool),
    "__int__": Protocol(int),
    "__float__": Protocol(float),
    "__complex__": Protocol(complex),
    "__index__": Protocol(operator.index),
    "__abs__": Protocol(abs),
    "__neg__": Protocol(operator.neg),
    "__pos__": Protocol(operator.pos),
    "__invert__": Protocol(operator.invert),
    "__divmod__": Protocol(divmod, _OPERANDS),
    "__bytes__": Protocol(bytes),
    "__buffer__": Protocol(_AsBytes()),
    "__sizeof__": Protocol(sys.getsizeof),
    "__enter__": Protocol(enter_and_exit),
    "__copy__": Protocol(copy.copy),
    "__deepcopy__": Protocol(copy.deepcopy),
    "__reduce__": Protocol(pickle.dumps),
    "__reduce_ex__": Protocol(pickle.dumps),
    "__getstate__": Protocol(pickle.dumps),
    "__format__": Protocol(format),
    "__dir__": Protocol(builtins.dir),
    "__round__": Protocol(round),
}
"""Special method to what goes through it. Not among them: what makes, initialises and destroys objects."""
