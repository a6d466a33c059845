"""A packer and an unpacker, each with a buffer."""

from msgpack import Packer, Unpacker


def packer():
    return Packer(autoreset=False)


def unpacker():
    one = Unpacker()
    one.feed(b"\x93\x01\x02\x03\xa3abc\x07")
    return one


models = [
    {
        "name": "Packer",
        "make": packer,
        "ops": [
            ("pack", [1, 2]),
            ("pack_array_header", 3),
            ("pack_map_header", 1),
            ("pack_ext_type", 5, b"ext"),
            "reset",
            "bytes",
            "getbuffer",
        ],
        "state": lambda subject: subject.bytes(),
    },
    {
        "name": "Unpacker",
        "make": unpacker,
        "ops": [
            ("feed", b"\x08\x09"),
            "unpack",
            "skip",
            ("read_bytes", 1),
            "read_array_header",
            "tell",
            next,
        ],
        "state": lambda subject: (subject.tell(), list(subject)),
    },
]
