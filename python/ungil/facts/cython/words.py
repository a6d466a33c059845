"""What the names of functions and methods say in Cython code: who locks, who frees, who changes a container."""

from __future__ import annotations

import re

from ungil.facts.cython.access import Effect

__all__ = ["acquires", "effect_on_receiver", "frees", "is_lock_name", "releases"]

_ACQUIRES = re.compile(r"_?(?:acquire|lock|begin_critical)\w*|\w*_acquire_lock|pthread_mutex_lock|EnterCriticalSection")
_RELEASES = re.compile(
    r"_?(?:release|unlock|end_critical)\w*|\w*_release_lock|pthread_mutex_unlock|LeaveCriticalSection"
)
_FREES = re.compile(r"\w*(?:[fF]ree|Py_X?DECREF|Py_CLEAR)")
_LOCK_NAME = re.compile(r"lock|mutex|critical|synchroni[sz]e|semaphore|condition|guard", re.IGNORECASE)
_LOOKS = {"get", "index", "count", "items", "keys", "values", "copy", "__contains__", "__getitem__"}
_EDITS = {"append", "extend", "insert", "remove", "pop", "popitem", "clear", "update", "setdefault", "add", "discard"}
_EDITS |= {"sort", "reverse", "appendleft", "popleft", "push_back", "pop_back", "erase", "resize"}


def is_lock_name(name: str) -> bool:
    """Does something of that name, a decorator or a context manager, hold a lock?"""
    return _LOCK_NAME.search(name) is not None


def acquires(function: str) -> bool:
    """Does a function of that name take a lock?"""
    return _ACQUIRES.fullmatch(function) is not None


def releases(function: str) -> bool:
    """Does a function of that name release one?"""
    return _RELEASES.fullmatch(function) is not None


def frees(function: str) -> bool:
    """Does a function of that name give up the memory, or the reference, that it gets?"""
    return _FREES.fullmatch(function) is not None


def effect_on_receiver(method: str) -> Effect:
    """What a method of that name does with the container that it is called on."""
    if method in _EDITS:
        return Effect.EDIT
    return Effect.ITEM if method in _LOOKS else Effect.READ
