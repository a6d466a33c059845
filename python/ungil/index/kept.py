"""Answers of indexes, kept in the user's cache folder: for how long they hold, and how to ask whether they still do.

What cannot be read or written here never stops anything: the index is asked anew. No password is kept: an answer is
found by its URL without one, and by the name of the user who asked.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ungil.errors import OutputError
from ungil.files import write_whole
from ungil.index.address import bare, user_of

__all__ = ["Answer", "Kept"]

VERSION = 1
_UNLESS_SAID = 600  # seconds that an answer holds when the index does not say
_LONGEST = 3600  # seconds that it holds at most, whatever the index says
_FORGOTTEN = 60 * 86400  # seconds after which an answer that nobody wanted goes


@dataclass(frozen=True, slots=True)
class Answer:
    """What an index said of a project.

    Attributes:
        lines: the releases, as ``releases.distil`` makes them; empty where the index does not know the project.
        checked: when it was last known to hold, in seconds since the epoch.
        max_age: seconds for which it holds from then.
        etag, last_modified: what to send to be told whether it still holds.
    """

    lines: str
    checked: float
    max_age: float = _UNLESS_SAID
    etag: str | None = None
    last_modified: str | None = None

    @property
    def age(self) -> float:
        """Seconds since it was last known to hold; negative if the clock was set back."""
        return time.time() - self.checked

    @property
    def holds(self) -> bool:
        """Whether there is no need to ask again."""
        return 0 <= self.age < self.max_age

    @classmethod
    def of(cls, lines: str, headers: dict[str, str]) -> Answer:
        """An answer that has just come, with these headers, whose names are in lower case."""
        max_age = re.search(r"\bmax-age=(\d{1,9})", headers.get("cache-control", ""))
        seconds = min(_LONGEST, int(max_age[1])) if max_age else _UNLESS_SAID
        return cls(lines, time.time(), seconds, headers.get("etag"), headers.get("last-modified"))

    def confirmed(self) -> Answer:
        """The same, known to hold now."""
        return replace(self, checked=time.time())


class Kept:
    """A folder of answers. Several processes and threads may use one folder at once.

    Args:
        folder: where; None: nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, url: str) -> Answer | None:
        """What was last answered at a URL."""
        if self._folder is None:
            return None
        try:
            header, _, lines = self._path(self._folder, url).read_text(encoding="utf-8").partition("\n")
            version, checked, max_age, etag, last_modified = json.loads(header)
            return Answer(lines, float(checked), float(max_age), etag, last_modified) if version == VERSION else None
        except (OSError, ValueError, TypeError):
            return None

    def store(self, url: str, answer: Answer) -> None:
        """Keeps an answer in place of the one before."""
        if self._folder is None:
            return
        header = json.dumps([VERSION, answer.checked, answer.max_age, answer.etag, answer.last_modified])
        with suppress(OSError, OutputError, UnicodeError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a private index's projects are private
            write_whole(self._path(self._folder, url), f"{header}\n{answer.lines}".encode())

    def tidy(self) -> None:
        """Lets go of answers that nobody asked for in a long time."""
        for path in self._folder.glob("*.releases") if self._folder is not None else ():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _FORGOTTEN:
                    path.unlink()

    @staticmethod
    def _path(folder: Path, url: str) -> Path:
        key = f"{user_of(url)}\0{bare(url)}"
        return folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.releases"
