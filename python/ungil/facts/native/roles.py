"""What each shared static variable is for: the patterns by which free lists, caches, flags and buffers are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ungil._scan import Access, Function, Variable
from ungil.facts.native.stacks import Found, Key, Shared, declared_at, grows, linked_list
from ungil.facts.native.stacks import stacks as find_stacks
from ungil.facts.native.statics import (
    Guards,
    Role,
    SharedStatic,
    by_function,
    first_use,
    holds_number,
    holds_object,
    is_constant,
    is_write,
    position,
    shared_accesses,
    stores,
    stores_constant,
)

__all__ = ["shared_statics"]

_ZEROS = frozenset({"0", "false", "FALSE", "NULL", "nullptr"})
_JUMP_BUFFERS = frozenset({"jmp_buf", "sigjmp_buf"})
_CONTAINERS = frozenset(
    {
        "vector",
        "map",
        "unordered_map",
        "set",
        "unordered_set",
        "multimap",
        "unordered_multimap",
        "multiset",
        "deque",
        "list",
        "forward_list",
        "queue",
        "stack",
        "priority_queue",
        "string",
        "basic_string",
        "flat_hash_map",
        "flat_hash_set",
        "robin_map",
        "shared_ptr",
        "unique_ptr",
    }
)


def shared_statics(variables: Iterable[Variable]) -> tuple[SharedStatic, ...]:
    """The variables that threads share, each with its role. Programs of their own (with a ``main``) are left out."""
    guards = Guards()
    candidates = [(variable, shared_accesses(variable, guards)) for variable in variables]
    shared = [(variable, accesses) for variable, accesses in candidates if _is_shared(variable, accesses)]
    stacks = find_stacks(shared)
    found = {declared_at(variable): _role(variable, accesses, stacks) for variable, accesses in shared}
    _join_what_a_flag_covers(shared, found)
    _join_torn([(v, a) for v, a in shared if found[declared_at(v)][0] is Role.PLAIN], found)
    return tuple(
        SharedStatic(variable, found[declared_at(variable)][0], accesses, tuple(found[declared_at(variable)][1]))
        for variable, accesses in shared
    )


def _is_shared(variable: Variable, accesses: Sequence[Access]) -> bool:
    written = any(is_write(a) or (a.kind == "address" and not variable.is_initialized) for a in accesses)
    unlocked_test = any(a.says for a in accesses)
    if variable.type == "sig_atomic_t":
        return False
    return (written or unlocked_test) and not any(a.function.name == "main" for a in accesses)


def _role(variable: Variable, accesses: tuple[Access, ...], stacks: dict[Key, Found]) -> Found:
    """The first role whose pattern the accesses show."""
    if places := _published(variable, accesses):
        return Role.PUBLICATION, places
    if not any(is_write(access) or access.kind == "address" for access in accesses):
        return Role.PLAIN, []
    if variable.is_volatile:
        return Role.VOLATILE, [next(filter(is_write, accesses), accesses[0])]
    if declared_at(variable) in stacks:
        return stacks[declared_at(variable)]
    for role, find in _PATTERNS:
        if places := find(variable, accesses):
            return role, places
    return _leftover(variable, accesses)


def _leftover(variable: Variable, accesses: tuple[Access, ...]) -> Found:
    if holds_object(variable, accesses):
        return Role.OBJECT, [first_use(group) for group in by_function(accesses) if any(map(stores, group))]
    first = accesses[0]
    begins_anew = variable.is_array or is_write(first) or first.kind == "address"
    if variable.is_local and begins_anew and not _is_flag(variable, accesses):
        return Role.SCRATCH, [first]
    return Role.PLAIN, [next(filter(is_write, accesses), first)]


def _is_flag(variable: Variable, accesses: Iterable[Access]) -> bool:
    """A number that is only ever set to constants, or counted."""
    writes = list(filter(is_write, accesses))
    constant = all(a.kind == "update" or stores_constant(a) for a in writes)
    return holds_number(variable) and bool(writes) and constant


def _published(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    """Tested without a lock, then tested again and set under one: double-checked locking with a plain variable."""
    found = []
    outside = {position(access) for access in accesses}
    for group in by_function(a for a in variable.accesses if not a.runs_alone) if _tested(accesses) else []:
        tests = [a for a in group if a.says and position(a) in outside]
        sets = [a for a in group if stores(a) and a.locks and position(a) not in outside]
        if tests and sets and position(tests[0]) < position(sets[0]):
            found.append(tests[0])
    return found


def _tested(accesses: Iterable[Access]) -> bool:
    return any(access.says for access in accesses)


def _lazy(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    """Functions that find it empty and fill it; nothing if others set it, whether it is empty or not."""
    found = []
    for group in by_function(accesses):
        test = _lazy_test(variable, group)
        if test is not None:
            found.append(test)
        elif any(map(stores, group)):
            return []
    resets = any(a.kind == "write" and not stores(a) for a in accesses)
    return [] if resets and holds_number(variable) else found


def _lazy_test(variable: Variable, group: Sequence[Access]) -> Access | None:
    """Of the accesses of one function, the test that finds the variable empty before the function fills it."""
    known = {
        (fill.test.line, fill.test.column)
        for fill in group[0].function.lazy_fills
        if fill.variable.name == variable.name and fill.variable.span.line == variable.span.line
    }
    for index, test in enumerate(group):
        if position(test) in known:
            return test
        if stores(test) or (test.kind == "address" and test.given_by is None and not test.is_part):
            break
        if test.says == "empty" and any(_fills(test, access) for access in group[index:]):
            return test
    copied = bool(known) and not any(access.says for access in group)  # `p = cache; if (p == NULL)`
    return group[0] if copied and group[0].kind == "read" else None


def _fills(test: Access, access: Access) -> bool:
    same = access.field == test.field and access.is_deep == test.is_deep
    return same and access.kind == "write" and stores(access)


def _recursion(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    """A flag or a depth that is set, a call, and then reset; or a flag that one function sets if it is not set."""
    if not holds_number(variable):
        return []
    resets = any(a.value is not None and a.value.text in _ZEROS for a in accesses)
    busy = [t for g in by_function(accesses) if resets and _is_flag(variable, g) and (t := _busy_test(variable, g))]
    return busy or _around_calls([a for a in accesses if a.value is None or is_constant(a.value.text)])


def _busy_test(variable: Variable, group: Sequence[Access]) -> Access | None:
    counts = any(access.kind == "update" for access in group)
    return None if counts else _lazy_test(variable, group) or _set_if_not_set(group)


def _set_if_not_set(group: Sequence[Access]) -> Access | None:
    first = group[0]
    return first if first.says == "set" and len(group) > 1 and stores(group[1]) else None


def _around_calls(accesses: Sequence[Access]) -> list[Access]:
    found = []
    for group in by_function(accesses):
        counted = _between(group, [a for a in group if a.operator == "++"], [a for a in group if a.operator == "--"])
        sets = [a for a in group if a.kind == "write" and a.value is not None and stores(a)]
        resets = [a for a in group if a.kind == "write" and a.value is not None and a.value.text in _ZEROS]
        opened = counted or _between(group, sets, resets)
        if opened is not None:
            found.append(opened)
    return found


def _between(group: Sequence[Access], opens: Sequence[Access], closes: Sequence[Access]) -> Access | None:
    """The opening access, if a call stands between it and a closing one."""
    if not opens or not closes:
        return None
    first, last = position(opens[0]), position(closes[-1])
    return opens[0] if any(first < position(call) < last for call in group[0].function.calls) else None


def _callback(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    """A pointer or a jump buffer that one function sets and a callback reads, or that is set around a call."""
    if variable.type in _JUMP_BUFFERS:
        return [next(filter(is_write, accesses), accesses[0])]
    if variable.pointers == 0 or variable.is_array:
        return []
    if any(a.callee in {"Py_XDECREF", "Py_DECREF"} or a.kind == "swap" for a in accesses):
        return []  # it owns what it holds, so it is more than an argument that takes a detour
    setters = [a for a in accesses if a.kind == "write" and not a.is_part and not a.is_deep and stores(a)]
    if any(_is_callback(access.function) for access in accesses if not is_write(access) or access.is_deep):
        return [group[0] for group in by_function(setters) if not _is_callback(group[0].function)]
    return _around_calls(setters + [a for a in accesses if a.kind == "write" and not stores(a)])


def _is_callback(function: Function) -> bool:
    return function.is_address_taken and not function.is_in_table and not function.callers


def _container(variable: Variable, accesses: Sequence[Access]) -> list[Access]:
    if variable.type not in _CONTAINERS or variable.pointers:
        return []
    return [next((a for a in accesses if is_write(a)), accesses[0])]


def _join_what_a_flag_covers(shared: Shared, found: dict[Key, Found]) -> None:
    """What a function fills between the test of an "is it ready" flag and setting it is one defect with the flag."""
    flags = [
        (test.function.key, position(test), position(last))
        for variable, accesses in shared
        if found[declared_at(variable)][0] is Role.LAZY and _is_flag(variable, accesses)
        for test in found[declared_at(variable)][1]
        for last in [a for a in accesses if a.function.key == test.function.key and is_write(a)][-1:]
    ]
    for variable, accesses in shared if flags else ():
        writes = [(a.function.key, position(a)) for a in accesses if is_write(a)]
        if writes and all(any(f == key and first < at < last for f, first, last in flags) for key, at in writes):
            found[declared_at(variable)] = Role.LAZY, []


def _join_torn(plain: Shared, found: dict[Key, Found]) -> None:
    """Variables that one function sets one after the other, and another reads together."""
    writers: dict[tuple[int, int], dict[Key, Access]] = defaultdict(dict)
    readers: dict[tuple[int, int], dict[Key, Access]] = defaultdict(dict)
    for variable, accesses in plain:
        for access in accesses if not variable.is_local and not variable.is_array else ():
            if access.kind == "write" and not access.is_deep and not stores_constant(access):
                writers[access.function.key].setdefault(declared_at(variable), access)
            elif access.kind == "read" and not access.says:
                readers[access.function.key].setdefault(declared_at(variable), access)
    for writer, written in writers.items():
        for reader, read in readers.items():
            together = sorted(written.keys() & read.keys()) if reader != writer else []
            for key in together if len(together) > 1 else ():
                places = found[key][1] if found[key][0] is Role.TORN else []
                found[key] = Role.TORN, [*places, written[together[0]], read[together[0]]]


_PATTERNS = (
    (Role.CONTAINER, _container),
    (Role.FREE_LIST, linked_list),
    (Role.REGISTRY, grows),
    (Role.LAZY, _lazy),
    (Role.RECURSION_GUARD, _recursion),
    (Role.CALLBACK, _callback),
)
