"""Several values under one key, in order."""

from multidict import MultiDict


def make():
    return MultiDict([("a", 1), ("b", 2), ("a", 3)])


ops = [
    ("add", "c", 4),
    ("getall", "a"),
    ("popall", "a", None),
    ("popone", "b", None),
    ("extend", [("d", 5), ("a", 6)]),
    ("setdefault", "e", 7),
    ("update", [("a", 8)]),
    "popitem",
    "clear",
    "copy",
    len,
    ("get", "b"),
]


def state(subject):
    return list(subject.items()), len(subject)
