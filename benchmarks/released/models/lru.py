"""A cache that lets go of what was not used for longest."""

import operator

from lru import LRU


def make():
    cache = LRU(3)
    cache["a"], cache["b"], cache["c"] = 1, 2, 3
    return cache


ops = [
    (operator.setitem, "d", 4),
    (operator.setitem, "a", 5),
    (operator.getitem, "a"),
    ("get", "b"),
    ("pop", "c", None),
    ("setdefault", "e", 6),
    ("set_size", 2),
    ("update", {"f": 7}),
    "popitem",
    "peek_first_item",
    "keys",
    "items",
    "clear",
    "get_stats",
    len,
]


def state(subject):
    return subject.items(), len(subject), subject.get_size()
