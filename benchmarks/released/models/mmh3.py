"""A checksum that is fed in pieces."""

import mmh3

models = [
    {
        "name": kind,
        "make": lambda kind=kind: getattr(mmh3, kind)(b"begin", seed=1),
        "ops": [("update", b"x" * 100), ("update", b"y" * 33), "digest", "copy", "sintdigest"],
        "state": lambda subject: subject.digest(),
    }
    for kind in ("mmh3_32", "mmh3_x64_128", "mmh3_x86_128")
]
