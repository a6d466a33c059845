"""What tests do by syntax, as functions that can be called again, and that know how they are written."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from ungil.stress.hammer.models.literal import Writer

__all__ = ["Attribute", "Right", "enter_and_exit", "iterate", "nothing"]

MOST_ITEMS: Final = 1000
"""An iterator may have no end."""


class _Iterate:
    """``for item in iterable``: its first items."""

    __name__ = "iterate"

    def __call__(self, iterable: Any) -> list[object]:  # noqa: ANN401 - whatever the tests iterate over
        """The items."""
        return list(islice(iterable, MOST_ITEMS))

    def write(self, writer: Writer, given: Sequence[str]) -> str:
        """The call as an expression."""
        writer.imports.add("itertools")
        return f"list(itertools.islice({given[0]}, {MOST_ITEMS}))"


class _EnterAndExit:
    """``with manager``."""

    __name__ = "enter_and_exit"

    def __call__(self, manager: Any) -> object:  # noqa: ANN401 - whatever the tests enter
        """What entering gives."""
        with manager as entered:
            return entered

    def write(self, writer: Writer, given: Sequence[str]) -> str:
        """The call as an expression."""
        writer.imports.add("contextlib")
        stack = "(stack := contextlib.ExitStack())"
        return f"({stack}.enter_context({given[0]}), stack.close())[0]"


class _Nothing:
    """The subject of functions that have none."""

    __name__ = "nothing"

    def __call__(self) -> None:
        """Make it."""

    def write_make(self, writer: Writer) -> list[str]:  # noqa: ARG002 - as others do
        """The lines of a function that makes it."""
        return ["return None"]


nothing: Final = _Nothing()
iterate: Final = _Iterate()
enter_and_exit: Final = _EnterAndExit()


class Right:
    """An operator whose right operand is the subject."""

    def __init__(self, function: Any) -> None:  # noqa: ANN401 - any function
        """Take the operator as a function of both."""
        self._function = function
        self.__name__ = function.__name__

    def __call__(self, subject: object, left: object) -> object:
        """Do it."""
        return self._function(left, subject)

    def write(self, writer: Writer, given: Sequence[str]) -> str:
        """The call as an expression."""
        return f"{writer.name(self._function)}({given[1]}, {given[0]})"


class Attribute:
    """Reads an attribute."""

    def __init__(self, name: str) -> None:
        """Take its name."""
        self.__name__ = name
        self._get = operator.attrgetter(name)

    def __call__(self, subject: object) -> object:
        """Read it."""
        return self._get(subject)

    def write(self, writer: Writer, given: Sequence[str]) -> str:  # noqa: ARG002 - as others do
        """The access as an expression."""
        return f"{given[0]}.{self.__name__}"
