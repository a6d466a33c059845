"""Packages judged against files that a test says there are; nobody is asked."""

import re
import shlex

from packaging.specifiers import SpecifierSet

from ungil.deps.judge import judged
from ungil.deps.model import Constraint, Dependency, a_name, a_version
from ungil.deps.package import Package
from ungil.deps.target import Target, target
from ungil.index.page import IndexFile
from ungil.index.releases import Releases, distil
from ungil.wheel.model import Binary, Method, Module, Reading, Suffix, Verdict

TARGET = target("3.14t", "manylinux_2_28_x86_64")
_METHODS = {"read": Method.READ, "imported": Method.IMPORTED}


def released(*files: str, **more: str) -> Releases:
    """What an index has of `spam`: file names, each with what may stand behind it: yanked="why", requires=">=3.9"."""
    return distil("spam", [_file(line, more.get("uploaded")) for line in files])


def _file(line: str, uploaded: str | None) -> IndexFile:
    name, *words = shlex.split(line)
    told = dict(word.split("=", 1) for word in words)
    return IndexFile(name, "", None, told.get("requires"), told.get("yanked"), told.get("uploaded", uploaded))


def spam(version: str, *files: str, aim: Target = TARGET, asks: dict[str, str] | None = None) -> Package:
    """`spam` in a version, judged against these files; `asks` says which versions whose packages can use."""
    constraints = tuple(Constraint(SpecifierSet(versions), by) for by, versions in (asks or {}).items())
    dependency = Dependency(
        name=a_name("spam"),
        version=a_version(version),
        path="uv.lock",
        needed_by=tuple(asks or ()),
        constraints=constraints,
    )
    return judged(dependency, released(*files), aim)


def module(name: str, **readings: str) -> Module:
    """An extension module with these verdicts: read="declared", imported="not declared"."""
    told = tuple(Reading(_METHODS[how], Verdict(verdict), "seen", "3.14t") for how, verdict in readings.items())
    return Module(name, Suffix(".so", "", ""), Binary(path=f"{name}.so"), told)


MODULE_LINE = re.compile(r"# module (?P<name>[\w.]+): (?P<readings>.+)")
