"""Compiled patterns, matches and scanners."""

import regex

models = [
    {
        "name": "Pattern",
        "make": lambda: regex.compile(r"(?P<word>\w+)\s*=\s*(?P<value>\d+)"),
        "ops": [
            ("search", "one = 1, two = 22"),
            ("findall", "one = 1, two = 22"),
            ("sub", "-", "one = 1, two = 22"),
            ("split", "a = 1, b = 2"),
            ("fullmatch", "one = 1"),
        ],
        "state": lambda subject: subject.findall("x = 3"),
    },
    {
        "name": "Match",
        "make": lambda: regex.search(r"(?P<word>\w+)(\d)*", "abc123 rest"),
        "ops": ["groups", "groupdict", "captures", "detach_string", ("expand", r"\1!"), ("span", 1), "capturesdict"],
        "state": lambda subject: (subject.groups(), subject.string),
    },
    {
        "name": "Scanner",
        "make": lambda: regex.compile(r"\d").scanner("1a2b3c4"),
        "ops": ["search", "match"],
        "state": lambda subject: str(subject.search()),
    },
]
