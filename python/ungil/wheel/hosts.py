"""The interpreters that can run a wheel's modules: those that are at hand; none is installed unasked."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.tags import Tag, platform_tags

from ungil import interpreter
from ungil.errors import WheelError
from ungil.wheel.child import run_once
from ungil.wheel.names import free_threaded_versions, is_free_threaded

__all__ = ["Host", "hosts_for", "named"]

_AT_HAND = ("named", "path", "uv", "cache")
_ASK = (
    "import sys, sysconfig; t = 't' if sysconfig.get_config_var('Py_GIL_DISABLED') else '';"
    "print('%d.%d%s' % (*sys.version_info[:2], t))"
)
_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Host:
    """An interpreter: its version, ``3.14t``, and where it is."""

    version: str
    path: Path


def named(paths: Iterable[Path]) -> tuple[Host, ...]:
    """The interpreters that the user named, asked for their versions.

    Raises:
        WheelError: one of them is not there, or is not free-threaded.
    """
    return tuple(_named(path) for path in paths)


def _named(path: Path) -> Host:
    said = run_once([path, "-I", "-c", _ASK], _SECONDS)
    version = said.out.decode(errors="replace").strip()
    if said.code != 0 or not version.startswith("3."):
        raise WheelError(
            f"'{path}' does not answer as a Python interpreter does.", "Name one, such as .venv/bin/python."
        )
    if not version.endswith("t"):
        raise WheelError(
            f"'{path}' is a GIL-enabled {version}: there the GIL is on, whatever is imported.",
            "Name a free-threaded one; 'ungil python 3.14t' gets one.",
        )
    return Host(version, path.absolute())


def hosts_for(tags: frozenset[Tag], own: Sequence[Host]) -> tuple[tuple[Host, ...], str]:
    """The interpreters for a wheel with these tags, and why there are none where there are none.

    Args:
        tags: of the wheel.
        own: those that the user named; of these alone, if any.
    """
    here = {*platform_tags(), "any"}
    fitting = frozenset(tag for tag in tags if is_free_threaded(tag))
    if not fitting:
        return (), "it is for GIL-enabled interpreters"
    fitting = frozenset(tag for tag in fitting if tag.platform in here)
    if not fitting:
        return (), "it is for another platform than this machine's"
    found, missing = [], []
    for version in free_threaded_versions(fitting):
        known = [host for host in own if host.version == version] if own else _found(version)
        found += known[:1]
        missing += [] if known else [version]
    can_be_had = [version for version in missing if version in interpreter.SUPPORTED]
    advice = f" ('ungil python {can_be_had[0]}' gets one)" if can_be_had else ""
    return tuple(found), "" if found else f"there is no {' and no '.join(missing)} at hand{advice}"


@cache
def _found(version: str) -> list[Host]:
    """This interpreter, if it is one: what a wheel depends on may be installed beside ungil. Else one that is found."""
    t = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    if "{}.{}{}".format(*sys.version_info[:2], t) == version:
        return [Host(version, Path(sys.executable))]
    try:
        return [Host(version, interpreter.find(version, ways=_AT_HAND).path)]
    except interpreter.InterpreterError:
        return []
