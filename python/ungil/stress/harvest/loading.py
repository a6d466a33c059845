"""Has the test modules loaded with hooks in them: pytest finds them and rewrites their assertions as it always does.

Nothing is written to or read from the caches of compiled modules, so a later run without the harvest is not affected.
What is not a test module, or stands in none of their folders, is loaded by whoever would load it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Buffer, Callable, Sequence
from fnmatch import fnmatch
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook, rewrite_asserts

from ungil.stress.harvest.expressions import HOOKS
from ungil.stress.harvest.hooks import Hooks
from ungil.stress.harvest.recorder import Recorder
from ungil.stress.harvest.rewrite import rewrite

__all__ = ["Finder"]


class Finder(MetaPathFinder):
    """Asks the other finders, and takes over the loading of what belongs to the tests."""

    def __init__(self, config: pytest.Config, recorder: Recorder, hooks: Hooks) -> None:
        self._config = config
        self._recorder = recorder
        self._hooks = hooks
        self._folders: set[Path] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that another finder has, with our loader where it is ours to load."""
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                return self._taken(spec)
        return None

    def _taken(self, spec: ModuleSpec) -> ModuleSpec:
        asserts = isinstance(spec.loader, AssertionRewritingHook)
        if self._hooks.off or not (asserts or type(spec.loader) is SourceFileLoader) or not spec.origin:
            return spec
        origin = Path(spec.origin)
        if self._is_test(origin):
            self._folders.add(origin.parent)
        elif self._recorder.target.has_module(spec.name) or self._folders.isdisjoint(origin.parents):
            return spec
        self._recorder.modules_of_the_tests.add(spec.name)
        before = self._rewrite_assertions if asserts else None
        spec.loader = _Loader(spec.name, spec.origin, self._recorder, self._hooks, before)
        spec.loader.shown = self._shown(origin)
        return spec

    def _shown(self, path: Path) -> str:
        """The path as a report shows it."""
        root = self._config.rootpath
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

    def _is_test(self, path: Path) -> bool:
        patterns = self._config.getini("python_files")
        given = [Path(str(arg).partition("::")[0]) for arg in getattr(self._config, "args", ())]
        return path.name == "conftest.py" or path in given or any(fnmatch(path.name, name) for name in patterns)

    def _rewrite_assertions(self, tree: ast.Module, source: bytes, path: str) -> None:
        rewrite_asserts(tree, source, path, self._config)


class _Loader(SourceFileLoader):
    def __init__(
        self,
        fullname: str,
        path: str,
        recorder: Recorder,
        hooks: Hooks,
        before: Callable[[ast.Module, bytes, str], None] | None,
    ) -> None:
        super().__init__(fullname, path)
        self._recorder = recorder
        self._hooks = hooks
        self._before = before
        self.shown = path

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[HOOKS] = self._hooks
        super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(self, data: Buffer, path: str, **_: object) -> CodeType:  # type: ignore[override]
        source = bytes(data)
        tree = self._parse(source, path)
        try:
            rewrite(tree, lambda line: self._recorder.site(self.shown, line))
            code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        except Exception as error:  # noqa: BLE001 - a file that the harvest cannot take is a test file all the same
            self._recorder.rewritten(self.shown, f"{type(error).__name__}: {error}")
            code = compile(self._parse(source, path), path, "exec", dont_inherit=True)
        else:
            self._recorder.rewritten(self.shown)
        return code

    def _parse(self, source: bytes, path: str) -> ast.Module:
        tree = ast.parse(source, path)
        if self._before:
            self._before(tree, source, path)
        return tree
