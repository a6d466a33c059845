"""Cython's own parser, used for its trees alone: nothing is analysed, compiled, looked up or printed.

It is imported when the first Cython source is read: that takes a fifth of a second. Its lexicon, its builtin scopes and
its error state are shared by the process, so one thread parses at a time.
"""

from __future__ import annotations

import io
import re
import threading
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ungil.source import Source

__all__ = ["MISSING", "TOO_DEEP", "is_installed", "parse"]

MISSING = "Cython is not installed, so only the directives were read: pip install 'ungil[cython]'"
_LOCK = threading.Lock()
_DEEPEST = 150
_BRACKET = re.compile(r"[\[\](){}]|(?m:^)[A-Za-z@]")
_UNARY = re.compile(r"(?:[-+~&*][ \t]*|not[ \t]+){500}")
TOO_DEEP = "nested too deeply to be parsed"


def is_installed() -> bool:
    """Can Cython sources be parsed here?"""
    try:
        return find_spec("Cython") is not None
    except ImportError:  # a finder that refuses it
        return False


class _Parser:
    """Cython's modules and one context, which includes nothing: each file is read by itself."""

    def __init__(self) -> None:
        self.errors, self.scanning, self.parsing, symtab, main = (
            import_module(f"Cython.Compiler.{name}") for name in ("Errors", "Scanning", "Parsing", "Symtab", "Main")
        )

        class Context(main.Context):  # type: ignore[name-defined, misc]
            def find_include_file(self, *_: object, **__: object) -> None:
                """Leaves an include out of the tree."""

        self.context = Context([], {}, language_level=3, options=main.CompilationOptions())
        self.new_scope = symtab.ModuleScope

    def tree(self, path: str, text: str) -> tuple[Any, list[Any]]:
        """The tree, or None, and the errors."""
        descriptor = self.scanning.StringSourceDescriptor(path, text)
        scope = self.new_scope("module", parent_module=None, context=self.context)
        with self.errors.local_errors(ignore=True) as errors:
            try:
                scanner = self.scanning.PyrexScanner(
                    io.StringIO(text), descriptor, source_encoding="utf-8", scope=scope, context=self.context
                )
                return self.parsing.p_module(scanner, path.endswith(".pxd"), "module"), errors
            except self.errors.CompileError as error:
                return None, [*errors, error]


@cache
def _parser() -> _Parser:
    return _Parser()


def _is_nested_too_deeply(text: str) -> bool:
    """Would the parser, which is compiled on some builds, need more stack than there is?

    Strings and comments count as code, so the bounds are far above what people write; a line that begins a statement
    begins anew.
    """
    if _UNARY.search(text):
        return True
    depth = 0
    for found in _BRACKET.finditer(text):
        bracket = found[0]
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0) if bracket in ")]}" else 0
        if depth > _DEEPEST:
            return True
    return False


def parse(source: Source) -> Any | str:  # noqa: ANN401 - Cython's trees have no types
    """The tree of a file, a ``ModuleNode``, or why there is none."""
    try:
        text = source.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = source.data.decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Cython opens files
    if "{{" in text and source.path.endswith((".in", ".tp")):
        return "a template: only its directives were read"
    if _is_nested_too_deeply(text):
        return TOO_DEEP
    with _LOCK:
        try:
            tree, errors = _parser().tree(source.path, text)
        except (RecursionError, MemoryError):
            return TOO_DEEP
        except Exception as error:  # noqa: BLE001 - whatever a compiler does on input that nobody meant for it
            return f"Cython's parser failed: {type(error).__name__}"
    if tree is not None:
        return tree
    return _reason(errors[0]) if errors else "not Cython"


def _reason(error: Any) -> str:  # noqa: ANN401 - the same
    position = getattr(error, "position", None)
    where = f"line {position[1]}: " if position else ""
    return f"{where}{getattr(error, 'message_only', 'a syntax error')}"
