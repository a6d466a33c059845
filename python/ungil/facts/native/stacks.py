"""Free lists and tables that grow, among the variables that threads share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from ungil._scan import Access, Variable
from ungil.facts.native.statics import Role, by_function, first_use, holds_number, is_write, stores

__all__ = ["Found", "Key", "Shared", "declared_at", "grows", "linked_list", "stacks"]

_MOVES_END = re.compile(r"\[\s*\(*(?:\+\+|--)|(?:\+\+|--)\s*\)*\s*\]")  # stack[--n], stack[n++], stack[--(s.n)]
_POPS = re.compile(r"\[\s*\(*--")
_NEXT = re.compile(r"\(?[\w.]+\)?->\w+(?:->\w+|\.\w+)*|.*\bPy_TYPE\(\w+\)")
_GROWS = re.compile(r"\w*(?:realloc|Realloc|REALLOC|RENEW|RESIZE|Resize)\w*\s*\(")

type Key = tuple[str, int, int]  # path, line and column of a declaration
type Shared = Sequence[tuple[Variable, tuple[Access, ...]]]
type Found = tuple[Role, list[Access]]


def declared_at(variable: Variable) -> Key:
    """Tells it from every other variable of the project."""
    return variable.file.path, variable.span.line, variable.span.column


def stacks(shared: Shared) -> dict[Key, Found]:
    """Arrays that are used as stacks, and the counters that say how full they are."""
    counters: dict[tuple[int, int], dict[str, bool]] = defaultdict(dict)  # by function: does it count down?
    for variable, accesses in shared:
        if holds_number(variable):
            for access in filter(is_write, accesses):
                down = access.operator in {"--", "-="}
                counts = counters[access.function.key]
                counts[variable.name] = counts.get(variable.name, False) or down
    found: dict[Key, Found] = {}
    for variable, accesses in shared:
        ends = [a for a in accesses if _is_end(a, counters[a.function.key])]
        if ends and not grows(variable, accesses):
            pops = any(_pops_end(access, counters[access.function.key]) for access in ends)
            role = Role.FREE_LIST if pops else Role.REGISTRY
            found[declared_at(variable)] = role, [group[0] for group in by_function(ends)]
    used = {
        word
        for variable, accesses in shared
        if declared_at(variable) in found
        for a in accesses
        for word in _words(a.text)
    }
    for variable, _ in shared:
        if holds_number(variable) and variable.name in used:
            found.setdefault(declared_at(variable), (Role.FREE_LIST, []))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z_]\w*", text)


def _is_end(access: Access, counters: dict[str, bool]) -> bool:
    if not access.index:
        return False
    return _MOVES_END.search(access.text) is not None or any(word in counters for word in _words(access.index))


def _pops_end(access: Access, counters: dict[str, bool]) -> bool:
    return _POPS.search(access.text) is not None or any(counters.get(word, False) for word in _words(access.index))


def linked_list(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    """``p = head; head = p->next``, and the functions that put something back."""
    if variable.pointers == 0 or variable.is_array:
        return []
    groups = by_function(accesses)
    pops = [group for group in groups if any(_takes_next(access, group) for access in group)]
    if not pops:
        return []
    pushes = [g for g in groups if g not in pops and g[0].kind == "read" and any(map(stores, g))]
    return [first_use(group) for group in pops + pushes]


def _takes_next(access: Access, group: Sequence[Access]) -> bool:
    if access.kind != "write" or access.is_part or access.is_deep or access.value is None:
        return False
    return _NEXT.fullmatch(access.value.text) is not None and group[0].kind == "read"


def grows(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    """Where a global pointer is set to what ``realloc()`` returns."""
    grown = [a for a in accesses if a.value is not None and _GROWS.match(a.value.text) and not a.is_part]
    return [] if variable.is_local else [group[0] for group in by_function(grown)]
