"""What is not called without being asked for: what ends processes, writes files, or talks to other machines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ungil.stress.introspect.signatures import Signature

__all__ = ["denied"]

_ANYWHERE: Final = frozenset(
    {
        *("abort", "chmod", "chown", "connect", "exec", "execv", "execve", "exit", "fork", "kill", "listen", "mkdir"),
        *("popen", "raise", "reboot", "rmdir", "rmtree", "shutdown", "spawn", "symlink", "system", "terminate"),
        *("unlink", "crash", "segfault", "suspend", "sleep"),
    }
)
_OF_A_MODULE: Final = frozenset(
    {"bind", "delete", "dump", "open", "remove", "rename", "save", "main", "test", "send", "truncate", "write"}
)
"""Of an object these are methods of a container or a buffer; of a module they are about files and sockets."""

_PLACES: Final = frozenset(
    {"address", "fd", "file", "filename", "fileno", "fname", "host", "hostname", "path", "port", "url"}
)
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def denied(name: str, signatures: Iterable[Signature], *, of_a_module: bool) -> str:
    """Why the function is not called; empty if it is.

    Args:
        name: of the function.
        signatures: what is known of its parameters.
        of_a_module: whether it is a function, rather than a method.
    """
    words = {word.lower() for word in _WORDS.findall(name)}
    named = words & (_ANYWHERE | _OF_A_MODULE if of_a_module else _ANYWHERE)
    if named:
        return f"its name says {min(named)}: see --allow"
    taken = {parameter.name for signature in signatures for parameter in signature.parameters if not parameter.optional}
    if of_a_module and (places := taken & _PLACES):
        return f"it takes a {min(places)}: see --allow"
    return ""
