"""Calls counted without a parser: a name before a parenthesis, outside comments, literals and the preprocessor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["calls"]

_NOT_CODE = re.compile(
    rb"""//(?:\\\r?\n|[^\n])* | /\*.*?\*/ | (?:u8|[uUL])?R"([^()\\\s]{0,16})\(.*?\)\1"
       | "(?:\\.|[^"\\\n])*" | (?<![0-9a-zA-Z_])(?:u8|[uUL])?'(?:\\.|[^'\\\n])*' | ^[ \t]*\#(?:\\\r?\n|/\*.*?\*/|[^\n])*
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_KEYWORDS = frozenset(
    b"if for while switch return sizeof do else case goto alignof alignas decltype catch throw noexcept new delete "
    b"defined __attribute__ __declspec _Alignas _Alignof _Static_assert static_assert typeof __typeof__ asm __asm__ __asm "
    b"operator requires explicit co_await co_return co_yield typeid and or not void int char long short unsigned signed "
    b"float double bool auto const volatile static struct union enum constexpr register inline "
    b"__extension__ mutable friend template typename using this throw try default".split()
)


def calls(data: bytes, functions: Mapping[tuple[int, str], int]) -> Iterator[tuple[int, str]]:
    """Line and name of each call in the bodies of functions, given by line and name, with the line where each ends."""
    code = _NOT_CODE.sub(_blank, data)
    starts = [0, *(match.end() for match in re.finditer(rb"\n", code)), len(code)]
    for first, last, name in _outermost((line, end, name.encode()) for (line, name), end in functions.items()):
        named = max(code.find(name, starts[first - 1], starts[first]), starts[first - 1])
        brace = code.find(b"{", named)
        line, at = first, starts[first - 1]
        for match in _CALL.finditer(code, brace + 1, starts[last]):
            line += code.count(b"\n", at, match.start())
            at = match.start()
            if match[1] not in _KEYWORDS:
                yield line, match[1].decode(errors="replace")


def _outermost(bodies: Iterable[tuple[int, int, bytes]]) -> Iterator[tuple[int, int, bytes]]:
    """Without those inside another, whose calls would count twice."""
    reached = 0
    for first, last, name in sorted(bodies, key=lambda body: (body[0], -body[1])):
        if last > reached:
            yield first, last, name
            reached = last


def _blank(match: re.Match[bytes]) -> bytes:
    """Nothing but the line ends, so that lines keep their numbers."""
    return b" " + b"\n" * match[0].count(b"\n")
