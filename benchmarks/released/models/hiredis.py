"""A reader of a protocol, which is fed in pieces."""

import hiredis


def make():
    reader = hiredis.Reader()
    reader.feed(b"*2\r\n$3\r\nfoo\r\n$3\r\nbar\r\n:1\r\n")
    return reader


def rest(subject):
    return [subject.gets() for _ in range(6)]


ops = [
    ("feed", b"+OK\r\n"),
    ("feed", b"$5\r\nhello\r\n"),
    "gets",
    "has_data",
    "len",
    "getmaxbuf",
    ("setmaxbuf", 64),
    ("set_encoding", "utf-8"),
]
state = rest
