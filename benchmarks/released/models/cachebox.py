"""Caches, in Rust."""

import operator

import cachebox


def filled(kind):
    cache = kind(3)
    cache["a"], cache["b"], cache["c"] = 1, 2, 3
    return cache


models = [
    {
        "name": kind.__name__,
        "make": lambda kind=kind: filled(kind),
        "ops": [
            ("insert", "d", 4),
            (operator.setitem, "a", 5),
            ("get", "b", None),
            ("pop", "c", None),
            ("setdefault", "e", 6),
            ("drain", 1),
            "popitem",
            "clear",
            len,
        ],
        "state": lambda subject: (sorted(subject.items()), len(subject)),
    }
    for kind in (cachebox.FIFOCache, cachebox.LRUCache, cachebox.LFUCache)
]
