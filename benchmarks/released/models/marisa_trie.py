"""A trie that is built once, and read."""

import marisa_trie

models = [
    {
        "name": "Trie",
        "make": lambda: marisa_trie.Trie(["key1", "key2", "other"]),
        "ops": [
            ("keys", "key"),
            ("prefixes", "key12"),
            ("key_id", "other"),
            ("restore_key", 0),
            "tobytes",
            len,
            lambda subject: "key2" in subject,
        ],
        "state": lambda subject: sorted(subject.keys()),
    },
    {
        "name": "BytesTrie",
        "make": lambda: marisa_trie.BytesTrie([("a", b"1"), ("ab", b"2")]),
        "ops": [("get", "a"), ("items", "a"), "keys", ("prefixes", "abc"), len],
        "state": lambda subject: sorted(subject.items()),
    },
]
