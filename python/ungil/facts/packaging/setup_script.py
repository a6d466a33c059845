"""What a ``setup.py`` says about the limited API and about ``Py_GIL_DISABLED``, whatever the interpreter."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from ungil.facts.build.located import Text
from ungil.facts.packaging.model import BuildCode, Seen

__all__ = ["PythonError", "concerns", "read"]

_CONCERNS = re.compile(r"LIMITED_API|py_limited_api|GIL_DISABLED|_is_gil_enabled|TARGET_ABI3T")
_NAMED = r"(?<!:: )free[-_ ]?thread"  # a classifier asks nothing
# The script asks which build it is for, in whatever way.
_ASKS = re.compile(rf"GIL_DISABLED|abiflags|{_NAMED}|\bnogil|no[-_]gil", re.IGNORECASE)
# The same, by what tells it.
_DECIDES = re.compile(rf"get_config_vars?\b[^\n]*GIL_DISABLED|abiflags|_is_gil_enabled|{_NAMED}", re.IGNORECASE)
_DEFINES = re.compile(r"[-/]DPy_GIL_DISABLED(?:=(\w+))?")
_TOO_EARLY = 0x030F0000
# Of Python, which knows fewer than str.splitlines(): some of those are bytes of ordinary letters here.
_LINE_END = re.compile(r"\r\n?|\n")
_BRANCHES = (ast.If, ast.IfExp, ast.BoolOp, ast.comprehension, ast.Try, ast.Match)


class PythonError(ValueError):
    """The script is not of this Python; the message says why."""


def concerns(text: str) -> bool:
    """A script in which something could be found."""
    return _CONCERNS.search(text) is not None


def read(text: Text) -> Iterator[BuildCode]:
    """What one script says.

    Raises:
        PythonError: it cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.all.encode("latin-1"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PythonError(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}") from error
    yield from _Script(text, asks=_ASKS.search(text.plain) is not None).all(tree)


class _Script:
    def __init__(self, text: Text, *, asks: bool) -> None:
        self.text = text
        self.asks = asks
        self.decides = _DECIDES.search(text.plain) is not None
        self.lines = [0, *(match.end() for match in _LINE_END.finditer(text.all))]
        self.answers = set[str]()  # names that hold what get_config_var("Py_GIL_DISABLED") returned

    def all(self, tree: ast.Module) -> Iterator[BuildCode]:
        """Everything, each place with whether anything decides on it."""
        left: list[tuple[ast.AST, bool]] = [(tree, False)]
        nodes = list[tuple[ast.AST, bool]]()
        while left:
            node, is_decided = left.pop()
            nodes.append((node, is_decided))
            below = is_decided or isinstance(node, _BRANCHES)
            left += [(child, below) for child in reversed(list(ast.iter_child_nodes(node)))]
        for node, _ in nodes:
            if isinstance(node, ast.Assign) and _asks(node.value):
                self.answers.update(one.id for one in node.targets if isinstance(one, ast.Name))
        for node, is_decided in nodes:
            yield from self._one(node, is_decided=is_decided)

    def _one(self, node: ast.AST, *, is_decided: bool) -> Iterator[BuildCode]:
        if isinstance(node, ast.keyword) and node.arg == "py_limited_api" and not is_decided and not self.asks:
            if isinstance(node.value, ast.Constant) and node.value.value is True:
                yield self._found(Seen.LIMITED_API, node, "py_limited_api=True")
        elif isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
            yield from self._macro(node, node.elts[0].value, is_decided=is_decided)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_decided:
            if (found := _DEFINES.fullmatch(node.value)) is not None and not self.decides:
                yield self._found(Seen.DEFINED, node, found[0])
        elif isinstance(node, ast.Compare):
            yield from self._compared(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_is_gil_enabled"):
            yield self._found(Seen.ASKS_NOW, node, "sys._is_gil_enabled()")

    def _macro(self, node: ast.Tuple, name: object, *, is_decided: bool) -> Iterator[BuildCode]:
        value = node.elts[1] if len(node.elts) > 1 else None
        number = _number(value)
        if name == "Py_LIMITED_API" and not is_decided and not self.asks:
            yield self._found(Seen.LIMITED_API, node, "the macro Py_LIMITED_API")
        elif name == "Py_GIL_DISABLED" and not is_decided and not self.decides:
            yield self._found(Seen.DEFINED, node, f"the macro {name}")
        elif name == "Py_TARGET_ABI3T" and number is not None and number < _TOO_EARLY:
            yield self._found(Seen.OLD_ABI3T, node, f"Py_TARGET_ABI3T={number:#x}")

    def _compared(self, node: ast.Compare) -> Iterator[BuildCode]:
        if len(node.ops) != 1:
            return
        how, other = node.ops[0], node.comparators[0]
        if isinstance(how, ast.In | ast.NotIn):
            is_name = isinstance(node.left, ast.Constant) and node.left.value == "Py_GIL_DISABLED"
            if is_name and "get_config_vars" in ast.unparse(other):
                yield self._found(Seen.MISREAD, node, ast.unparse(node))
        elif self._is_answer(node.left) and isinstance(other, ast.Constant):
            is_none = isinstance(how, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and other.value is None
            if is_none or isinstance(other.value, str):
                yield self._found(Seen.MISREAD, node, ast.unparse(node))

    def _is_answer(self, node: ast.expr) -> bool:
        return _asks(node) or (isinstance(node, ast.Name) and node.id in self.answers)

    def _found(self, seen: Seen, node: ast.AST, text: str) -> BuildCode:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_column = getattr(node, "end_lineno", line), getattr(node, "end_col_offset", column + 1)
        start, end = self._offset(line, column), self._offset(end_line, end_column)
        return BuildCode(seen, self.text.spot(start, end), text)

    def _offset(self, line: int, column: int) -> int:
        return self.lines[min(line, len(self.lines)) - 1] + column


def _asks(node: ast.expr) -> bool:
    """``get_config_var("Py_GIL_DISABLED")``, or the same from all variables."""
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return False
    argument = node.args[0]
    name = ast.unparse(node.func)
    knows = name.endswith(("get_config_var", "get_config_vars().get"))
    return knows and isinstance(argument, ast.Constant) and argument.value == "Py_GIL_DISABLED"


def _number(node: ast.expr | None) -> int | None:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError:
            return None
    return value if isinstance(value, int) else None
