"""Maps, lists and queues that are never changed."""

from rpds import HashTrieMap, List, Queue

models = [
    {
        "name": "HashTrieMap",
        "make": lambda: HashTrieMap({"a": 1, "b": 2}),
        "ops": [("insert", "c", 3), ("remove", "a"), ("get", "b"), ("update", {"d": 4}), len, hash, repr],
        "state": lambda subject: sorted(subject.items()),
    },
    {
        "name": "List",
        "make": lambda: List([1, 2, 3]),
        "ops": [("push_front", 0), "drop_first", len, hash, repr],
        "state": list,
    },
    {
        "name": "Queue",
        "make": lambda: Queue([1, 2, 3]),
        "ops": [("enqueue", 4), "dequeue", len, hash, repr],
        "state": list,
    },
    {
        "name": "KeysIterator",
        "make": lambda: iter(HashTrieMap({"a": 1, "b": 2, "c": 3})),
        "ops": [(next, None)],
        "state": lambda subject: len(list(subject)),
    },
]
