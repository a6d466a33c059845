"""A proxy that stands for another object."""

import operator

from wrapt import ObjectProxy, PartialCallableObjectProxy


def proxy():
    return ObjectProxy([1, 2, 3])


models = [
    {
        "name": "ObjectProxy",
        "make": proxy,
        "ops": [
            ("append", 4),
            "pop",
            len,
            (operator.iadd, [5]),
            (setattr, "__wrapped__", [6]),
            (getattr, "__wrapped__"),
            (operator.setitem, 0, 7),
            (operator.contains, 2),
            repr,
        ],
        "state": list,
    },
    {
        "name": "PartialCallableObjectProxy",
        "make": lambda: PartialCallableObjectProxy(max, 3),
        "ops": [lambda subject: subject(5), (setattr, "__wrapped__", min), (getattr, "__wrapped__")],
        "state": lambda subject: subject(4),
    },
]
