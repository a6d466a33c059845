"""What a test uses that the whole process has once: seen in its source, since such a test cannot meet itself.

That of functions in the same file that it calls counts as its own, and so does what unittest does before and after it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Final

from ungil.stress.suite.fixed_files import Values, fixed_files

__all__ = ["process_wide"]

_CALLS: Final = {
    "random": {"seed", "setstate"},
    "np.random": {"seed", "set_state"},
    "numpy.random": {"seed", "set_state"},
    "locale": {"setlocale"},
    "os": {"chdir", "umask", "putenv", "unsetenv", "fork", "close", "dup2", "kill", "killpg"},
    "sys": {"setrecursionlimit", "setswitchinterval", "settrace", "setprofile", "set_int_max_str_digits"}
    | {"getallocatedblocks", "getrefcount", "gettotalrefcount"},
    "gc": {"disable", "enable", "collect", "freeze", "set_threshold", "get_objects", "get_count", "get_referrers"},
    "signal": {"signal", "alarm", "setitimer", "raise_signal"},
    "_thread": {"interrupt_main"},
    "threading": {"active_count", "enumerate", "settrace", "setprofile"},
    "tracemalloc": {"start", "stop", "get_traced_memory", "take_snapshot", "reset_peak", "clear_traces"},
    "time": {"tzset"},
    "decimal": {"setcontext"},
    "importlib": {"reload"},
    "resource": {"setrlimit", "getrusage"},
}
_OF_A_PROCESS: Final = frozenset({"memory_info", "memory_full_info", "memory_percent", "num_fds", "num_threads"})
"""Methods of psutil.Process, whatever holds it."""

_FIXTURES: Final = ("setUp", "tearDown")
_CHANGED: Final = ("os.environ", "sys.modules", "sys.path", "sys.argv", "sys.stdout", "sys.stderr", "sys.stdin")


def process_wide(file: Path, line: int) -> tuple[str, ...]:
    """What a test calls or changes of that kind, as ``random.seed()``, and files with a name that all its runs share.

    Args:
        file: of the test.
        line: of its definition or its first decorator, counted from 1.
    """
    known = _read(file)
    return () if known is None else known.told(line)


@cache
def _read(file: Path) -> _File | None:
    try:
        return _File(ast.parse(file.read_bytes()))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


type _Function = ast.FunctionDef | ast.AsyncFunctionDef


def _defined(tree: ast.AST) -> list[_Function]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _first_line(node: _Function) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


class _File:
    """The functions of one file."""

    def __init__(self, tree: ast.AST) -> None:
        self._names = dict(_imported(tree))
        self._values = Values(tree, self._names)
        self._functions = _defined(tree)
        self._by_name: dict[str, list[_Function]] = defaultdict(list)
        for one in self._functions:
            self._by_name[one.name].append(one)
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        self._class = {method: node for node in classes for method in _defined(node)}

    def told(self, line: int) -> tuple[str, ...]:
        """What the innermost function at that line uses."""
        spans = [(_first_line(one), one.end_lineno or one.lineno, one) for one in self._functions]
        around = [(end - begin, one) for begin, end, one in spans if begin <= line <= end]
        reached = self._reached(min(around, key=itemgetter(0))[1]) if around else []
        return tuple(dict.fromkeys(chain.from_iterable(map(self._uses, reached))))

    def _uses(self, function: _Function) -> Iterator[str]:
        """What it uses; to collect garbage before or after a test only costs others time."""
        harmless = "gc.collect()" if function.name in _FIXTURES else ""
        yield from (told for told in _in(function, self._names) if told != harmless)
        yield from fixed_files(function, self._values)

    def _reached(self, test: _Function) -> list[_Function]:
        """Itself, what unittest runs around it, and all that these call by a name that the file defines."""
        own = self._class.get(test)
        fixtures = [one for name in _FIXTURES for one in self._by_name.get(name, ()) if self._class.get(one) is own]
        for node in (reached := [test, *(fixtures if own else [])]):  # grows as it goes
            called = {_called(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
            found = [one for name in sorted(called) for one in self._by_name.get(name, ())]
            reached += [one for one in found if one not in reached]
        return reached


def _called(function: ast.expr) -> str:
    """The name of a function of the file, or of a method of the same object."""
    match function:
        case ast.Name(name) | ast.Attribute(ast.Name("self" | "cls"), name):
            return name
        case _:
            return ""


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that stand for what another module has, or for a module: ``seed`` for ``random.seed``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)


def _in(function: ast.AST, names: Mapping[str, str]) -> list[str]:
    found = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = ast.unparse(node.func)
            owner, _, name = names.get(called, called).rpartition(".")
            owner = names.get(owner, owner)
            if name in _CALLS.get(owner, ()) or owner in _CHANGED or (owner and name in _OF_A_PROCESS):
                found.append(f"{owner}.{name}()")
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            changed = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
            if changed in _CHANGED:
                found.append(changed)
    return found
