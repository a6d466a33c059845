"""A checksum that is fed in pieces."""

import xxhash

models = [
    {
        "name": kind,
        "make": lambda kind=kind: getattr(xxhash, kind)(b"begin", seed=1),
        "ops": [("update", b"x" * 100), ("update", b"y" * 300), "reset", "copy", "digest", "intdigest", "hexdigest"],
        "state": lambda subject: subject.hexdigest(),
    }
    for kind in ("xxh32", "xxh64", "xxh3_64", "xxh3_128")
]
