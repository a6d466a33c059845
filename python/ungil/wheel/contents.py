"""What a wheel says of itself: its WHEEL, METADATA and RECORD."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable
from email.parser import HeaderParser

from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ungil.errors import WheelError
from ungil.wheel.archive import Archive, Member, refused

__all__ = ["DistInfo", "record_problems"]

_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")  # RECORD cannot hold its own hash, nor that of its signatures
_MOST_PROBLEMS = 20
_USUAL = "sha256"
_STRONG = {_USUAL, "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"}  # "sha256 or better"
_WEAK = {"md5", "sha1", "sha224"}
_LONGEST = 40  # characters of what is no algorithm


class DistInfo:
    """The folder NAME-VERSION.dist-info.

    Raises:
        WheelError: there is none, or more than one.
    """

    def __init__(self, filename: str, archive: Archive) -> None:
        folders = sorted({path.partition("/")[0] for path in archive.paths if ".dist-info/" in path})
        folders = [folder for folder in folders if folder.endswith(".dist-info")]
        if len(folders) != 1:
            raise (
                refused(filename, f"it has {len(folders)} folders called *.dist-info")
                if folders
                else WheelError(
                    f"'{filename}' is an archive, but no wheel: it has no *.dist-info folder.",
                    "Name a wheel, as a build backend makes it.",
                )
            )
        self.folder = folders[0]
        self._wheel = HeaderParser().parsestr(archive.text(f"{self.folder}/WHEEL") or "")
        self._metadata = HeaderParser().parsestr(archive.text(f"{self.folder}/METADATA") or "")
        self._record = archive.text(f"{self.folder}/RECORD")
        listed = _listed(self._record or "") or {}
        said = {path: digest.partition("=")[0] for path, (digest, _) in listed.items()}
        self._algorithms = {path: one for path, one in said.items() if one in _STRONG - {_USUAL}}

    @property
    def tags(self) -> frozenset[Tag] | None:
        """The tags in WHEEL, each expanded."""
        try:
            found = [parse_tag(tag.strip()) for tag in self._wheel.get_all("Tag", [])]
        except ValueError:
            return None
        return frozenset[Tag]().union(*found) if found else None

    @property
    def classifiers(self) -> tuple[str, ...]:
        """Those of METADATA."""
        return tuple(self._metadata.get_all("Classifier", []))

    def misnamed(self, name: str, version: Version) -> tuple[str, ...]:
        """Where the folder and METADATA are those of another release."""
        folder_name, _, folder_version = self.folder.removesuffix(".dist-info").partition("-")
        said = {
            "the folder": (folder_name, folder_version),
            "METADATA": (str(self._metadata.get("Name", "")), str(self._metadata.get("Version", ""))),
        }
        return tuple(
            f"{where} says {other or 'no name'} {its or 'and no version'}"
            for where, (other, its) in said.items()
            if canonicalize_name(other) != canonicalize_name(name) or not _same(its, version)
        )

    def algorithm(self, path: str) -> str:
        """What RECORD hashes a file by; the usual one where it says none that can be compared."""
        return self._algorithms.get(path, _USUAL)

    def record(self, members: Iterable[Member]) -> tuple[str, ...]:
        """What RECORD says that is not so."""
        if self._record is None:
            return ("there is no RECORD",)
        return record_problems(self._record, members, self.folder)


def _same(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except InvalidVersion:
        return False


def record_problems(record: str, members: Iterable[Member], folder: str) -> tuple[str, ...]:
    """Files that RECORD describes otherwise than they are, does not list, or lists though they are not there."""
    problems = []
    listed = _listed(record)
    if listed is None:
        return ("RECORD is not a table of paths, hashes and sizes",)
    for member in members:
        said = listed.pop(member.path, None)
        if member.path in {f"{folder}/{name}" for name in _UNLISTED}:
            continue
        if said is None:
            problems.append(f"{member.path} is not listed")
        elif wrong := _wrong(said, member):
            problems.append(f"{member.path} has {wrong}")
    problems += [f"{path} is listed and not there" for path in listed if not path.endswith("/")]
    more = len(problems) - _MOST_PROBLEMS
    return (*problems[:_MOST_PROBLEMS], *([f"and {more:,} more"] if more > 0 else []))


def _listed(record: str) -> dict[str, tuple[str, str]] | None:
    """Hash and size of each path; None if RECORD is no table of them."""
    try:
        return {row[0]: (row[1], row[2]) for row in csv.reader(io.StringIO(record)) if row}
    except (IndexError, csv.Error):
        return None


def _wrong(said: tuple[str, str], member: Member) -> str | None:
    digest, size = said
    algorithm, _, value = digest.partition("=")
    if not digest:
        return "another hash than none"
    if algorithm in _WEAK:
        return f"a hash by {algorithm}, which is weaker than RECORD may have"
    if algorithm not in _STRONG:
        return f"a hash by {algorithm[:_LONGEST]!a}, which is no algorithm that is known"
    if value != base64.urlsafe_b64encode(member.digest).rstrip(b"=").decode():
        return "another hash"
    return "another size" if size and size != str(member.size) else None
