"""An array of bits, with a buffer that grows."""

import operator

from bitarray import bitarray


def make():
    return bitarray("1011001110001111" * 5)


ops = [
    ("append", 1),
    ("extend", "0110"),
    ("frombytes", b"\xa5\x5a" * 20),
    ("insert", 3, 0),
    ("pop", 0),
    ("setall", 0),
    ("fill",),
    "invert",
    "reverse",
    "sort",
    "clear",
    "tobytes",
    "bytereverse",
    ("count", 1),
    ("search", "111"),
    (operator.setitem, slice(0, 8), True),
    (operator.delitem, slice(0, 16)),
    (operator.iadd, bitarray("01")),
    (operator.ixor, bitarray("1" * 80)),
]


def state(subject):
    return subject.to01()
