"""What of a project is installed, and whether the GIL stays off when its extension modules are imported.

A fresh process says so, module by module: one that ends it, or turns the GIL on, is known by its name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ungil.stress.suite.model import Gil
from ungil.stress.suite.sessions import Runner

__all__ = ["Installed", "prove"]

_DEADLINE: Final = 120.0

_SCRIPT: Final = """
import importlib, importlib.machinery, importlib.metadata, json, sys
def say(**told): print("\\nungil:", json.dumps(told), flush=True)  # a module may have printed half a line
def enabled(): return getattr(sys, "_is_gil_enabled", lambda: True)()
try:
    files = importlib.metadata.distribution(sys.argv[1]).files or []
except importlib.metadata.PackageNotFoundError:
    files = []
suffixes = importlib.machinery.EXTENSION_SUFFIXES
names = []
for file in files:
    suffix = next((one for one in suffixes if file.name.endswith(one)), None)
    parts = [*file.parent.parts, file.name.removesuffix(suffix)] if suffix else []
    if parts and all(part.isidentifier() for part in parts):
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
site = str(files[0].locate()).removesuffix(str(files[0])) if files else ""
say(site=site, files=[file.as_posix() for file in files], modules=names, on=enabled())
for name in names:
    say(importing=name)
    try:
        importlib.import_module(name)
        say(imported=name, on=enabled())
    except BaseException as error:
        say(imported=name, on=enabled(), failed=f"{type(error).__name__}: {error}")
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """What is there of a project.

    Attributes:
        site: the folder that it is in.
        files: relative to that, with forward slashes.
        gil: what importing its extension modules does.
    """

    site: Path
    files: frozenset[str]
    gil: Gil

    @property
    def names(self) -> Sequence[str]:
        """The packages and modules at the top, as files or folders."""
        tops = {name.partition("/")[0] for name in self.files}
        return sorted(top for top in tops if "-info" not in top and top not in {"..", "__pycache__"})


def prove(runner: Runner, project: str) -> Installed:
    """Ask a fresh process.

    Args:
        runner: the interpreter that has the project.
        project: its name, as it is installed.
    """
    done = runner.run("-c", _SCRIPT, project, deadline=_DEADLINE)
    told: list[dict[str, Any]] = [
        json.loads(line.removeprefix("ungil:")) for line in done.output.splitlines() if line.startswith("ungil:")
    ]
    if not told:
        return Installed(Path(), frozenset(), Gil(proved=False))
    head, *steps = told
    failed = [(one["imported"], one["failed"]) for one in steps if "failed" in one]
    if steps and "importing" in steps[-1]:
        failed.append((steps[-1]["importing"], done.ended))
    turned_on = next((f"the import of {one['imported']}" for one in steps if one.get("on")), "")
    well = tuple(one["imported"] for one in steps if "imported" in one and "failed" not in one)
    gil = Gil(proved=bool(well) and not turned_on, modules=well, turned_on_by=turned_on, failed=tuple(failed))
    return Installed(Path(head["site"]), frozenset(head["files"]), gil)
