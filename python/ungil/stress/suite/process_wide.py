"""What a test uses that the whole process has once: seen in its source, since such a test cannot meet itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["process_wide"]

_CALLS: Final = {
    "random": {"seed", "setstate"},
    "np.random": {"seed", "set_state"},
    "numpy.random": {"seed", "set_state"},
    "locale": {"setlocale"},
    "os": {"chdir", "umask", "putenv", "unsetenv", "fork", "close", "dup2"},
    "sys": {"setrecursionlimit", "setswitchinterval", "settrace", "setprofile", "set_int_max_str_digits"}
    | {"getallocatedblocks", "getrefcount"},
    "gc": {"disable", "enable", "collect", "freeze", "set_threshold", "get_objects", "get_count"},
    "signal": {"signal", "alarm", "setitimer"},
    "tracemalloc": {"start", "stop", "get_traced_memory", "take_snapshot"},
    "time": {"tzset"},
    "decimal": {"setcontext"},
    "importlib": {"reload"},
    "resource": {"setrlimit", "getrusage"},
}
_CHANGED: Final = ("os.environ", "sys.modules", "sys.path", "sys.argv", "sys.stdout", "sys.stderr", "sys.stdin")


def process_wide(file: Path, line: int) -> tuple[str, ...]:
    """What a test calls or changes of that kind, as ``random.seed()``; its class and its module are not read.

    Args:
        file: of the test.
        line: of its definition or its first decorator, counted from 1.
    """
    for begin, end, found in _functions(file):
        if begin <= line <= end:
            return found
    return ()


@cache
def _functions(file: Path) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """The lines of each function, the innermost first."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    spans = [
        (min([node.lineno, *(one.lineno for one in node.decorator_list)]), node.end_lineno or node.lineno, node)
        for node in functions
    ]
    spans.sort(key=lambda span: span[1] - span[0])
    names = dict(_imported(tree))
    return tuple((begin, end, tuple(dict.fromkeys(_in(node, names)))) for begin, end, node in spans)


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that stand for what another module has: ``seed`` for ``random.seed``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _in(function: ast.AST, names: Mapping[str, str]) -> list[str]:
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = ast.unparse(node.func)
            owner, _, name = names.get(called, called).rpartition(".")
            if name in _CALLS.get(owner, ()) or owner in _CHANGED:
                found.append(f"{owner}.{name}()")
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            changed = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
            if changed in _CHANGED:
                found.append(changed)
    return found
