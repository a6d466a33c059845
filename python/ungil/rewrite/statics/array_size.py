"""How much memory a variable takes, as far as its declaration tells."""

from __future__ import annotations

import re
from math import prod

from ungil.fixer import Site
from ungil.syntax.functions import Local

__all__ = ["array_size"]

_SIZES = {"char": 1, "bool": 1, "_Bool": 1, "short": 2, "int": 4, "float": 4, "wchar_t": 4, "uint8_t": 1, "int8_t": 1}
_LIMITS = {"PATH_MAX": 4096, "MAXPATHLEN": 4096, "MAX_PATH": 260, "BUFSIZ": 8192, "IOV_MAX": 1024, "LINE_MAX": 2048}
_POINTER = 8


def array_size(site: Site, local: Local) -> int:
    """In bytes; 0 if it cannot be read. What is of no known type counts as a pointer."""
    words = site.unit.words
    at, counts = local.word + 1, list[int]()
    while words[at].text == "[":
        counts.append(_value(site, words.source(words.inside(at))))
        at = words[at].partner + 1
    element = _POINTER if "*" in local.type else _SIZES.get(local.type.split()[-1], _POINTER)
    return prod(counts) * element


def _value(site: Site, text: str) -> int:
    """Of a sum, a product or a shift of numbers and macros; 0 if it cannot be read."""
    if "<<" in text:
        what, _, by = text.partition("<<")
        return _value(site, what) << min(_value(site, by), 64)
    summands = [[_number(site, factor.strip(" ()")) for factor in one.split("*")] for one in text.split("+")]
    return 0 if any(0 in factors for factors in summands) else sum(map(prod, summands))


def _number(site: Site, text: str) -> int:
    if text.isdecimal():
        return int(text)
    defined = re.search(
        rf"#[ \t]*define[ \t]+{re.escape(text)}[ \t]+\(?(\d+)\)?[ \t]*(?:/[*/]|\r?$)", site.text, re.MULTILINE
    )
    return int(defined[1]) if defined is not None else _LIMITS.get(text, 0)
