"""What is audited: a folder, a file, a source archive or a release on the index, as sources with path and language.

Archives are read in memory, never unpacked.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ungil import ci_files, provenance
from ungil.errors import SourceError
from ungil.language import LANGUAGES, PASSED_OVER, Language, is_source, language_of, suffix_of

__all__ = ["EVERYTHING", "RELEASE", "Language", "Project", "Skipped", "Source", "Wanted", "language_of", "read"]

_LARGEST_FILE = 64 << 20  # bytes; the largest generated C file in the wild is a fifth of it
RELEASE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)")
_ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip")
# What a build leaves behind at the top.
_PASSED_OVER_AT_TOP = {"build", "dist"}


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path relative to the project, with forward slashes, and its bytes."""

    path: str
    data: bytes
    language: Language

    def line(self, number: int) -> bytes:
        """One line, counted from 1, without its end: bytes, since columns count bytes."""
        lines = self.data.split(b"\n", number)
        return lines[number - 1].rstrip(b"\r") if number <= len(lines) else b""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that looks like source and was not read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Project:
    """The sources behind one name on the command line.

    Attributes:
        name: what the user named.
        root: the folder that paths are relative to; None for an archive.
        build_files: what builds them: ``setup.py``, ``pyproject.toml``, ``meson.build`` and the like, and what tests
            and ships them: workflows and the like.
        tests: those that start threads or look at the GIL; nothing is reported of them.
    """

    name: str
    root: Path | None
    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...] = field(default=())
    build_files: tuple[Source, ...] = field(default=())
    tests: tuple[Source, ...] = field(default=())

    @property
    def by_path(self) -> dict[str, Source]:
        """Every file that a finding can lie in."""
        return {source.path: source for source in (*self.sources, *self.build_files)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the sources that are there are read.

    Attributes:
        generated: also what a generator wrote.
        bundled: also the copies of other projects.
        is_excluded: says of a path that it is not to be read.
        is_included: says of a path that it is to be read whoever wrote it.
    """

    generated: bool = False
    bundled: bool = False
    is_excluded: Callable[[str], bool] = field(default=lambda _: False)
    is_included: Callable[[str], bool] = field(default=lambda _: False)


ITS_OWN = Wanted()
EVERYTHING = Wanted(generated=True, bundled=True)
_NAMED = Wanted(generated=True, bundled=True, is_included=lambda _: True)


def read(target: str, wanted: Wanted = ITS_OWN) -> Project:
    """Reads a folder, a C, C++, Cython or Python file, a source archive, or ``name==version`` from the index.

    Of Python, what a user of the library may run is read: tests, documentation and examples are not, unless included.

    Args:
        target: what the user typed.
        wanted: which of its sources are read; a file that is named itself always is.

    Raises:
        SourceError: there is nothing at ``target``, or neither source nor a Python project in it.
        PackageIndexError: the index does not have the release or cannot be reached.
    """
    path = Path(target)
    release = RELEASE.fullmatch(target)
    if release is not None and not path.exists():
        from ungil import index  # noqa: PLC0415 - only a release needs the network, which takes time to import

        file = index.source_distribution(release["name"], release["version"])
        return _project(target, None, _archive(file.filename, index.download(file), wanted), wanted)
    try:
        if path.is_dir():
            return _project(target, path, _folder(path, wanted), wanted)
        if path.name.lower().endswith(_ARCHIVE_SUFFIXES) and path.is_file():
            return _project(target, None, _archive(target, path.read_bytes(), wanted), wanted)
        if path.is_file() and suffix_of(path.name) in LANGUAGES:
            return _project(target, path.parent, [(path.name, path.read_bytes())], _NAMED)
    except OSError as error:
        raise SourceError(f"'{target}' cannot be read: {error.strerror}.", "Check its permissions.") from error
    if path.is_file():
        known = " ".join(sorted(LANGUAGES))
        raise SourceError(
            f"'{target}' is not a C, C++, Cython or Python source file or a source archive.",
            f"Source ends in: {known}.",
        )
    raise SourceError(
        f"There is nothing at '{target}'.",
        "Name a folder, a C, C++, Cython or Python file, a source archive, or a release: name==version.",
    )


type _Content = bytes | str | None  # a file's bytes, or why it was not read; None where only the name says something
type _Found = Iterable[tuple[str, _Content]]


def _project(name: str, root: Path | None, found: _Found, wanted: Wanted) -> Project:
    readable: dict[str, bytes] = {}
    skipped: dict[str, str] = {}
    landmarks: list[str] = []
    tests: list[Source] = []
    for path, content in found:
        if content is None:
            landmarks.append(path)
        elif ci_files.is_test(path) and not wanted.is_included(path):
            landmarks.append(path)
            if isinstance(content, bytes) and ci_files.tells(content):
                tests.append(Source(path, content, Language.PYTHON))
        elif wanted.is_excluded(path):
            skipped[path] = "excluded by the configuration"
        elif isinstance(content, str) or b"\0" in content[:8192]:
            skipped[path] = content if isinstance(content, str) else "not text"
        else:
            readable[path] = content
    skipped |= _not_its_own(readable, landmarks, wanted)
    chosen = [(path, data) for path, data in sorted(readable.items()) if path not in skipped]
    if all(ci_files.is_ci(path) for path, _ in chosen) and not landmarks:
        raise _no_source(name, skipped)
    files = [Source(path, data, language_of(path, data)) for path, data in chosen]
    return Project(
        name,
        root,
        tuple(file for file in files if file.language is not Language.BUILD),
        tuple(Skipped(*one) for one in sorted(skipped.items())),
        tuple(file for file in files if file.language is Language.BUILD),
        tuple(sorted(tests, key=lambda test: test.path)),
    )


def _not_its_own(files: dict[str, bytes], landmarks: list[str], wanted: Wanted) -> dict[str, str]:
    """What a generator or another project wrote, with the reason not to read it."""
    reasons: dict[str, str] = {} if wanted.bundled else provenance.bundled(files, landmarks)
    if not wanted.generated:
        said = (
            (path, provenance.generated(data, is_python=path.endswith(".py")))
            for path, data in files.items()
            if path not in reasons
        )
        reasons |= {path: reason for path, reason in said if reason is not None}
    return {path: reason for path, reason in reasons.items() if not wanted.is_included(path)}


def _no_source(name: str, skipped: dict[str, str]) -> SourceError:
    first = next(iter(skipped.items()), None)
    seen = f" ({len(skipped)} skipped, among them {first[0]}: {first[1]})" if first else ""
    return SourceError(
        f"There is neither C, C++, Cython or Python source nor a Python project in '{name}'{seen}.",
        "Name the folder that holds the extension.",
    )


def _too_large(size: int) -> str:
    return f"larger than {_LARGEST_FILE >> 20} MiB ({size >> 20} MiB)"


def _folder(root: Path, wanted: Wanted) -> _Found:
    unreadable: list[OSError] = []
    top = str(root)
    for folder, names, files in os.walk(top, onerror=unreadable.append):
        # Plain text: for thousands of files, paths as objects take as long as reading them.
        below = folder[len(top) :].strip(os.sep).replace(os.sep, "/")
        prefix = f"{below}/" if below else ""
        if ".git" in names and below:
            yield f"{prefix}.git", None
        at_top = () if below else _PASSED_OVER_AT_TOP
        names[:] = [
            n
            for n in names
            if ci_files.leads_to_workflows(prefix + n) or not (n.startswith(".") or n in at_top or n in PASSED_OVER)
        ]
        for file in files:
            relative = prefix + file
            if is_source(relative, wanted.is_included):
                path = os.path.join(folder, file)  # noqa: PTH118 - see above
                yield relative, _file(path) if _is_text(relative) else "its name is not UTF-8"
            elif provenance.tells_of_project(relative):
                yield relative, None
    for error in unreadable:
        yield str(Path(error.filename).relative_to(root)), f"unreadable folder: {error.strerror}"


def _file(path: str) -> _Content:
    try:
        status = os.stat(path)  # noqa: PTH116 - see above
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if status.st_size > _LARGEST_FILE:
            return _too_large(status.st_size)
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - see above
            return stream.readall()
    except OSError as error:
        return f"unreadable: {error.strerror}"


def _is_text(name: str) -> bool:
    """Not so where bytes that are no UTF-8 stand in it: such a place could not be reported."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _archive(name: str, data: bytes, wanted: Wanted) -> _Found:
    from ungil import archive  # noqa: PLC0415 - most audits are of folders, and decompressors take time to import

    def is_read(path: str, size: int) -> bool:
        return is_source(path, wanted.is_included) and size <= _LARGEST_FILE

    for path, size, content in archive.members(name, data, is_read):
        if is_source(path, wanted.is_included):
            yield path, content if content is not None else _too_large(size)
        elif provenance.tells_of_project(path):
            yield path, None
