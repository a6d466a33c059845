"""A hash table of integers, and a counter, in Cython."""

import operator

from preshed.counter import PreshCounter
from preshed.maps import PreshMap


def filled():
    table = PreshMap()
    for key in range(1, 6):
        table[key] = key * 10
    return table


def counter():
    counter = PreshCounter()
    counter.inc(7, 1)
    return counter


models = [
    {
        "name": "PreshMap",
        "make": filled,
        "ops": [
            (operator.setitem, 6, 60),
            (operator.setitem, 1, 11),
            (operator.getitem, 2),
            ("pop", 3),
            len,
            lambda subject: sorted(subject.items()),
        ],
        "state": lambda subject: (sorted(subject.items()), len(subject)),
    },
    {
        "name": "PreshCounter",
        "make": counter,
        "ops": [("inc", 7, 1), ("inc", 8, 2), (operator.getitem, 7), len],
        "state": sorted,
    },
]
