"""Files that a test writes under a name which all its runs share: seen in its source."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

__all__ = ["Values", "fixed_files"]

_OPENS: Final = re.compile(r"open|file", re.IGNORECASE)
_WRITES: Final = re.compile(r"[wax][bt]?\+?[bt]?(:\w*)?|r[bt]?\+[bt]?")
_FIRST: Final = {"os": {"remove", "unlink", "mkdir", "makedirs", "rmdir", "truncate"}, "shutil": {"rmtree"}}
_LAST: Final = {
    "os": {"rename", "replace", "symlink", "link"},
    "shutil": {"copy", "copyfile", "copy2", "copytree", "move"},
}
"""Functions that change what their first argument names, or their last one."""

_METHODS: Final = frozenset({"write_text", "write_bytes", "unlink", "touch", "mkdir", "rmdir"})
_NAMES_ONLY: Final = frozenset(
    {"os.path.join", "os.path.abspath", "os.path.realpath", "os.path.dirname", "os.getcwd", "pathlib.Path", "str"}
    | {"tempfile.gettempdir", "os.fspath", "os.path.expanduser"}
)
"""Functions whose value is the same whenever their arguments are."""

_DEEPEST: Final = 8


class Values:
    """What names of one file stand for."""

    def __init__(self, tree: ast.AST, names: Mapping[str, str]) -> None:
        """Read the assignments of the file; ``names`` are those that it imports."""
        self._names = names
        self._module = _assigned(tree)

    def called(self, function: ast.expr) -> str:
        """The full name of what is called."""
        text = ast.unparse(function)
        owner, dot, name = text.rpartition(".")
        return self._names.get(text, f"{self._names.get(owner, owner)}{dot}{name}")

    def fixed(self, node: ast.expr, function: Mapping[str, list[ast.expr | None]], depth: int = 0) -> bool:
        """Has it one value in all runs of a function with these assignments, and is that a name?"""
        parts = self._parts(node, function)
        return depth < _DEEPEST and all(one is not None and self.fixed(one, function, depth + 1) for one in parts)

    def _parts(self, node: ast.expr, function: Mapping[str, list[ast.expr | None]]) -> Sequence[ast.expr | None]:
        """What its value depends on; None for what is not known."""
        parts: Sequence[ast.expr | None] = [None]
        match node:
            case ast.Constant(str(text)):
                parts = [] if text else [None]
            case ast.Name("__file__" | "TESTFN") | ast.Attribute(_, "TESTFN"):  # the latter is of test.support
                parts = []
            case ast.Name() | ast.Attribute(ast.Name("self" | "cls")):
                name = ast.unparse(node)
                parts = function.get(name) or self._module.get(name, [None])
            case ast.BinOp(left, ast.Div() | ast.Add(), right):
                parts = [left, right]
            case ast.JoinedStr(inside):
                parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in inside]
            case ast.Attribute(inner, "parent"):
                parts = [inner]
            case ast.Call(called, arguments) if self.called(called) in _NAMES_ONLY:
                parts = arguments
        return parts


def fixed_files(function: ast.FunctionDef | ast.AsyncFunctionDef, values: Values) -> Iterator[str]:
    """What it writes, removes or makes so, as ``open('out.bin')``."""
    assigned = _assigned(function)
    for argument in ast.walk(function.args):
        if isinstance(argument, ast.arg):
            assigned[argument.arg].append(None)
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and (path := _path(node, values)) and values.fixed(path, assigned):
            yield f"{ast.unparse(node.func).rpartition('.')[2]}({ast.unparse(path)})"


def _path(call: ast.Call, values: Values) -> ast.expr | None:
    """The expression that names the file which a call changes, or what of the process it reads."""
    owner, _, name = values.called(call.func).rpartition(".")
    modes = [one.value for one in [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
             if isinstance(one, ast.Constant) and isinstance(one.value, str)]  # fmt: skip
    if call.args and name in _FIRST.get(owner, ()):
        return call.args[0]
    if call.args and name in _LAST.get(owner, ()):
        return call.args[-1]
    if call.args and _OPENS.search(name) and (any(map(_WRITES.fullmatch, modes)) or _is_of_process(call.args[0])):
        return call.args[0]
    return call.func.value if isinstance(call.func, ast.Attribute) and name in _METHODS else None


def _is_of_process(path: ast.expr) -> bool:
    """What the system tells of the process: how much memory it has, among others."""
    return isinstance(path, ast.Constant) and isinstance(path.value, str) and path.value.startswith("/proc/self/")


def _assigned(tree: ast.AST) -> dict[str, list[ast.expr | None]]:
    """What is assigned to each name; None for what a loop or the like makes of it."""
    found: dict[str, list[ast.expr | None]] = defaultdict(list)
    simple = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                found[ast.unparse(target)].append(node.value)
                simple.add(target)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store) and node not in simple:
            found[ast.unparse(node)].append(None)
    return found
