"""A Cython module declares that it does not need the GIL.

What it does
    Puts ``# cython: freethreading_compatible = True`` at the head of the file: behind other directives there, else
    behind a ``#!`` line and what names the encoding.

What to look at
    The declaration is a claim about all of the module's code, and of what it wraps: what else was found is to be
    repaired first, and what was not found is not thereby right. The build has to use Cython 3.1 or later; older ones
    ignore the comment.

What it leaves
    Builds that keep Cython below 3.1. Where a build gives directives, the comment stands beside them.
"""

from __future__ import annotations

import re

from ungil.fixer import Decision, Edit, Fixer, Repair, Repaired, Site
from ungil.rewrite.modules.build_options import refuse_older
from ungil.rewrite.modules.creation import CLAIM

_DIRECTIVE = re.compile(r"[ \t]*(#[ \t]*cython[ \t]*:[ \t]*)(?:\w+(?P<blank>[ \t]*)=)?")
_BUILD = re.compile(r"[ \t]*#[ \t]*distutils[ \t]*:")
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")
_BOM = "\u00ef\u00bb\u00bf"  # as Latin-1 shows it


def repair(site: Site) -> Repair | Decision | None:
    """The directive."""
    refuse_older(site, "cython", "3.1")
    text = site.text
    start = len(_BOM) if text.startswith(_BOM) else 0
    at, prefix, equals = start, "# cython: ", " = "
    follows = False  # other directives
    for number, line in enumerate(_head(text[start:])):
        start += len(line)
        directive = _DIRECTIVE.match(line)
        if directive is not None or _BUILD.match(line) is not None:
            at, follows = start, True
        elif number < 2 and not follows and (line.startswith("#!") or _CODING.match(line) is not None):  # noqa: PLR2004
            at = start
        if directive is not None:
            prefix, equals = directive[1], f"{directive['blank']}={directive['blank']}" if directive["blank"] else "="
    behind = text[at:]
    apart = "\n" if not follows and behind.lstrip(" \t").startswith("#") else ""
    lacks_end = at > 0 and text[at - 1] != "\n" and text[:at] != _BOM
    new = f"{'\n' if lacks_end else ''}{prefix}freethreading_compatible{equals}True\n{apart}"
    return Repair(edits=(Edit(site.path, at, at, new),))


def _head(text: str) -> list[str]:
    """The lines of comments with which a file begins, and blank ones among them."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    end = next((at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), len(lines))
    return lines[:end]


fixer = Fixer(
    slug="declare-to-cython",
    codes=frozenset({"UG601"}),
    repair=repair,
    claims=True,
    check=f"{CLAIM}; and that the build uses Cython 3.1 or later",
    doc=__doc__,
    examples=(
        Repaired(
            "a module without comments",
            '''\
"""Halves."""


def half(int number):
    return number // 2
''',
            '''\
# cython: freethreading_compatible = True
"""Halves."""


def half(int number):
    return number // 2
''',
            "example.pyx",
        ),
        Repaired(
            "other directives, written another way",
            """\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
#cython: language_level=3, boundscheck=False
# distutils: language = c++

# Halves, as others have them.
def half(int number):
    return number // 2
""",
            """\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
#cython: language_level=3, boundscheck=False
# distutils: language = c++
#cython: freethreading_compatible=True

# Halves, as others have them.
def half(int number):
    return number // 2
""",
            "example.pyx",
        ),
        Repaired(
            "an encoding and a licence",
            """\
# coding: latin-1
# Copyright the authors.
# All rights reserved.

def half(int number):
    return number // 2
""",
            """\
# coding: latin-1
# cython: freethreading_compatible = True

# Copyright the authors.
# All rights reserved.

def half(int number):
    return number // 2
""",
            "example.pyx",
        ),
    ),
)
