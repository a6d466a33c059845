"""A list that can be frozen."""

import operator

from frozenlist import FrozenList


def make():
    return FrozenList([1, 2, 3])


ops = [
    ("append", 4),
    ("extend", [5, 6]),
    ("insert", 0, 7),
    ("pop", -1),
    ("remove", 2),
    "reverse",
    "clear",
    "freeze",
    ("index", 3),
    ("count", 1),
    (operator.iadd, [8]),
    (operator.setitem, 0, 9),
    len,
]


def state(subject):
    return list(subject), subject.frozen
