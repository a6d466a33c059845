"""Which code a Python function hands to threads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ungil.facts.python.access import PyCall, Spawn

__all__ = ["spawns"]

_STARTS = {"Thread": "target", "Timer": "function"}
_HANDS_OVER = {
    "submit": 0,
    "apply_async": 0,
    "map_async": 0,
    "imap": 0,
    "imap_unordered": 0,
    "starmap": 0,
    "run_in_executor": 1,
    "to_thread": 0,
    "start_new_thread": 0,
    "start_joinable_thread": 0,
    "run_in_threadpool": 0,
    "run_sync": 0,
    "deferToThread": 0,
    "callInThread": 0,
}
_POOL = re.compile(r"pool|executor|(?:^|\.)tpe?$", re.IGNORECASE)


def spawns(calls: Iterable[PyCall]) -> Iterator[Spawn]:
    """What these calls hand over."""
    for call in calls:
        keyword = _STARTS.get(call.method)
        if keyword is not None:
            target = call.keyword(keyword) or "".join(call.arguments[1:2])
            if target:
                yield Spawn(target, is_many=call.loops > 0)
        elif call.method in _HANDS_OVER and len(call.arguments) > _HANDS_OVER[call.method]:
            is_many = not call.is_awaited  # who awaits it goes on when it is done
            yield Spawn(call.arguments[_HANDS_OVER[call.method]], is_many=is_many)
        elif call.method in {"map", "apply"} and _POOL.search(call.receiver) and call.arguments:
            yield Spawn(call.arguments[0], is_many=True)
