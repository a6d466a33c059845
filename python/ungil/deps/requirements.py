"""``requirements.txt``: what it asks for, with the files that it includes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName

from ungil.deps.model import Constraint, Dependency, Tree, a_name, a_version
from ungil.deps.requirement_lines import Line, lines_of, wrote
from ungil.deps.target import Environment, Target, holds
from ungil.deps.toml import read_text
from ungil.errors import SourceError
from ungil.index.address import file_name, without_secrets
from ungil.index.releases import named_files

__all__ = ["Asked", "Requirements", "dependencies", "meant_for", "read", "tree"]

_MOST_FILES = 100
_PER_REQUIREMENT = re.compile(r"\s--(?:hash|global-option|config-settings?)[= ]\s*\S+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
_SHORT = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links"}
_FLAGS = {"--no-index", "--pre", "--prefer-binary", "--require-hashes"}
_VALUES = {"--index-url", "--pypi-url", "--extra-index-url", "--find-links", "--no-binary", "--only-binary"}
_VALUES |= {"--trusted-host", "--use-feature", "--editable", "--requirement", "--constraint"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One requirement, and where it stands."""

    requirement: Requirement
    path: Path
    line: int
    via: tuple[str, ...] = ()
    hashed: bool = False

    @property
    def version(self) -> str | None:
        """The one version that it allows, if it is just one."""
        pins = [one for one in self.requirement.specifier if one.operator in {"==", "==="}]
        return pins[0].version if len(pins) == 1 and "*" not in pins[0].version else None


@dataclass(slots=True)
class Requirements:
    """What a file and all that it includes ask for.

    Attributes:
        asked: the requirements.
        constraints: what is not asked for, but bound.
        nameless: folders and URLs whose package a build would have to name, with the line.
        index_url, extra_index_urls, find_links, no_index: where packages come from, as the file says.
        written_by: the tool that wrote the file, if one says so.
    """

    asked: list[Asked] = field(default_factory=list)
    constraints: list[Asked] = field(default_factory=list)
    nameless: list[str] = field(default_factory=list)
    index_url: str | None = None
    extra_index_urls: list[str] = field(default_factory=list)
    find_links: list[str] = field(default_factory=list)
    no_index: bool = False
    written_by: str | None = None

    @property
    def is_resolved(self) -> bool:
        """Whether it is the whole tree: every version is named, and a tool says so, or every file's hash is there."""
        pinned = all(one.version or one.requirement.url for one in self.asked)
        return pinned and (self.written_by is not None or all(one.hashed for one in self.asked))


def read(path: Path, text: str | None = None) -> Requirements:
    """Reads a file, or the text that stands for it, and all that it includes.

    Raises:
        SourceError: a file cannot be read, includes itself, or has a line that means nothing.
    """
    found = Requirements()
    _Reading(found).read(path, text, (), is_constraint=False)
    return found


class _Reading:
    def __init__(self, found: Requirements) -> None:
        self._found = found
        self._files = 0

    def read(self, path: Path, text: str | None, outer: tuple[Path, ...], *, is_constraint: bool) -> None:
        """One file; ``outer`` are those that include it."""
        if path.resolve() in outer:
            chain = " -> ".join(one.name for one in (*outer, path))
            raise SourceError(f"'{path}' includes itself: {chain}.", "Remove one of the -r or -c lines.")
        self._files += 1
        if self._files > _MOST_FILES:
            raise SourceError(f"'{path}' is one of more than {_MOST_FILES} included files.", "Name one of them.")
        content = read_text(path) if text is None else text
        if not outer:
            self._found.written_by = wrote(content)
        for line in lines_of(content):
            try:
                if line.text.startswith("-"):
                    self._option(line, path, outer, is_constraint=is_constraint)
                else:
                    self._requirement(line, path, is_constraint=is_constraint)
            except ValueError as error:
                raise SourceError(
                    f"{path}:{line.number}: {without_secrets(str(error))}.",
                    "Write it as in https://pip.pypa.io/en/stable/reference/requirements-file-format/.",
                ) from error

    def _requirement(self, line: Line, path: Path, *, is_constraint: bool) -> None:
        text = _PER_REQUIREMENT.sub("", line.text)
        requirement = _understood(text)
        if requirement is None:
            self._found.nameless.append(f"{path}:{line.number}: {without_secrets(text)}")
            return
        a_name(requirement.name)
        asked = Asked(requirement, path, line.number, line.via, "--hash" in line.text)
        (self._found.constraints if is_constraint else self._found.asked).append(asked)

    def _option(self, line: Line, path: Path, outer: tuple[Path, ...], *, is_constraint: bool) -> None:
        name, value = _option_and_value(line.text)
        found = self._found
        if name in {"--requirement", "--constraint"}:
            if "://" in value:
                raise ValueError("it includes a file from the network, which ungil does not")
            inner = path.parent / value
            self.read(inner, None, (*outer, path.resolve()), is_constraint=is_constraint or name == "--constraint")
        elif name == "--editable":
            found.nameless.append(f"{path}:{line.number}: {without_secrets(value)}")
        elif name in {"--index-url", "--pypi-url"}:
            found.index_url = value
        elif name == "--extra-index-url":
            found.extra_index_urls.append(value)
        elif name == "--find-links":
            found.find_links.append(value if "://" in value else str(path.parent / value))
        elif name == "--no-index":
            found.no_index = True


def _option_and_value(text: str) -> tuple[str, str]:
    """An option by its long name, and its value; a short one's value may follow without a space, ``-rx.txt``."""
    words = shlex.split(text)
    first = words[0]
    if first[:2] in _SHORT and first[2:]:
        words = [first[:2], first[2:], *words[1:]]
    name, _, value = words[0].partition("=")
    name = _SHORT.get(name, name)
    value = value or " ".join(words[1:])
    if name not in _FLAGS | _VALUES:
        raise ValueError(f"'{name}' is not an option of a requirements file")
    if name in _VALUES and not value:
        raise ValueError(f"'{name}' needs a value")
    return name, value


def _understood(text: str) -> Requirement | None:
    """A requirement; None for a place that does not tell which package is there.

    Raises:
        ValueError: it is neither.
    """
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        if not _is_place(text):
            raise ValueError(f"'{text}' is not a requirement") from error
        return _direct(text)


def _direct(text: str) -> Requirement | None:
    """A URL or a path whose file name, or whose ``#egg=``, names the package."""
    place, _, fragment = text.partition("#")
    egg = re.match(r"egg=([A-Za-z0-9._-]+)", fragment)
    named = named_files(file_name(place))
    name = egg[1] if egg else named[0] if named else None
    if name is None:
        return None
    return Requirement(f"{name} @ {place if '://' in place else f'file:{place}'}")


def _is_place(text: str) -> bool:
    return "/" in text or "\\" in text or text.startswith(".") or text.endswith((".whl", ".zip", ".tar.gz"))


def tree(found: Requirements, path: Path, target: Target) -> Tree:
    """The tree of a file that is resolved.

    Raises:
        SourceError: a version is not one.
    """
    taken = meant_for(target, found.asked)
    return Tree(
        str(path),
        "requirements.txt",
        dependencies(taken, meant_for(target, found.constraints)),
        elsewhere=len(found.asked) - len(taken),
        remarks=tuple(f"Not judged, since only a build would tell its name: {place}." for place in found.nameless),
    )


def meant_for(target: Target, asked: Iterable[Asked]) -> list[Asked]:
    """The requirements whose markers hold there.

    Raises:
        SourceError: a marker compares what cannot be compared.
    """
    environment = target.prepared()
    return [one for one in asked if _holds(one, environment)]


def _holds(one: Asked, environment: Environment) -> bool:
    try:
        return holds(str(one.requirement.marker or ""), environment)
    except ValueError as error:
        raise SourceError(f"{one.path}:{one.line}: {error}.", "Write one that PEP 508 allows.") from error


def dependencies(taken: list[Asked], constraints: list[Asked]) -> tuple[Dependency, ...]:
    """The packages that requirements name, each with its one version; all of both are meant for the target.

    Raises:
        SourceError: a version is not one.
    """
    bounds: dict[NormalizedName, list[Constraint]] = {}
    for one in constraints:
        bound = Constraint(one.requirement.specifier, f"{one.path.name}:{one.line}")
        bounds.setdefault(a_name(one.requirement.name), []).append(bound)
    found = {}
    for one in taken:
        dependency = _dependency(one, tuple(bounds.get(a_name(one.requirement.name), ())))
        found[dependency.name, dependency.version] = dependency
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0], str(key[1]))))


def _dependency(one: Asked, constraints: tuple[Constraint, ...]) -> Dependency:
    url = one.requirement.url
    named = named_files(file_name(url)) if url else None
    try:
        version = a_version(one.version) if one.version else named[1] if named else None
    except ValueError as error:
        raise SourceError(f"{one.path}:{one.line}: {error}.", "Write one that PEP 440 allows.") from error
    return Dependency(
        name=a_name(one.requirement.name),
        version=version,
        path=str(one.path),
        line=one.line,
        source=without_secrets(url) if url else None,
        listed=(file_name(url),) if url and named else (),
        needed_by=tuple(name for name in one.via if _PLAIN_NAME.fullmatch(name)),  # and no file
        constraints=constraints,
    )
