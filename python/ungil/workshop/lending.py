"""ungil, as it runs here, for the interpreter of another environment: by links, without what is installed beside it."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import ungil
from ungil.errors import ToolError

__all__ = ["own_version", "plain", "whole"]

_NATIVE: Final = ("_sync", "_scan", "_hammer")


def own_version() -> str:
    """Of the interpreter that runs this: ``3.14t``."""
    free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.version_info.major}.{sys.version_info.minor}{free_threaded}"


def whole(folder: Path, version: str) -> dict[str, str]:
    """Variables with which all of ungil can be imported.

    Args:
        folder: where the links go; what is there is replaced.
        version: of the interpreter that is to import it.

    Raises:
        ToolError: this ungil was built for another one.
    """
    if version != own_version():
        raise ToolError(
            f"ungil runs on {own_version()} here, and its native modules cannot be loaded by {version}.",
            f"Run it on {version}: uv tool run --python {version} ungil",
        )
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "ungil"
    package.mkdir(parents=True)
    for path in _parts():
        _link(path, package / path.name)
    return {"PYTHONPATH": str(folder)}


def _parts() -> Iterator[Path]:
    """What the package consists of: an editable install keeps native modules apart from the sources."""
    sources = Path(ungil.__file__).parent
    yield from (path for path in sources.iterdir() if path.name != "__pycache__" and path.suffix != ".so")
    for name in _NATIVE:
        spec = find_spec(f"ungil.{name}")
        if spec is not None and spec.origin:
            yield Path(spec.origin)


def _link(path: Path, target: Path) -> None:
    try:
        target.symlink_to(path)
    except OSError:  # Windows, without the right to make links
        (shutil.copytree if path.is_dir() else shutil.copy)(path, target)


def plain(folder: Path) -> dict[str, str]:
    """Variables with which ungil's Python modules can be imported by any interpreter that ungil supports.

    The package itself is empty then: its primitives are native.

    Args:
        folder: where the links go; what is there is replaced.
    """
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "ungil"
    package.mkdir(parents=True)
    sources = Path(ungil.__file__).parent
    (package / "__init__.py").write_text(f'__version__ = "{ungil.__version__}"\n', encoding="utf-8")
    for path in sources.iterdir():
        if (path.suffix == ".py" and path.name != "__init__.py") or (path / "__init__.py").exists():
            _link(path, package / path.name)
    return {"PYTHONPATH": str(folder)}
