"""Questions to indexes, at most eight at a time, each from a thread with connections of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ungil.errors import MissingExtraError, PackageIndexError
from ungil.index.address import shown, without_secrets
from ungil.index.configuration import Configuration
from ungil.index.kept import Answer, Kept
from ungil.index.releases import Releases, distil

if TYPE_CHECKING:
    from ungil.index.client import Client, Reply

__all__ = ["Manners", "Outcome", "Question", "Report", "answers", "clients"]

_NOT_MODIFIED = 304
_UNKNOWN = {404, 410}
_REFUSED = {401, 403}

_AT_A_TIME = 8
_PATIENCE = 8  # failures in a row after which an index counts as down

type Report = Callable[[str], None]
type Outcome = Releases | PackageIndexError


@dataclass(frozen=True, slots=True)
class Manners:
    """How indexes are asked.

    Attributes:
        offline: not at all: what was kept counts, however old.
        refresh: even where a kept answer holds.
        kept: the answers of earlier runs.
    """

    offline: bool = False
    refresh: bool = False
    kept: Kept = field(default_factory=lambda: Kept(None))


class Question:
    """What has this index of that project? ``known`` is its answer of an earlier run, or None."""

    def __init__(self, index: str, project: str, kept: Kept) -> None:
        self.index, self.project = index, project
        self.url = f"{index}/{project}/"
        self.known = kept.load(self.url)

    def ask(self, client: Client) -> Answer:
        """The index's answer.

        Raises:
            PackageIndexError: it gives none.
        """
        known = self.known
        headers = {}
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        reply = client.get(self.url, headers)
        if reply.status == _NOT_MODIFIED and known is not None:
            return known.confirmed()
        return Answer.of(self._lines(reply), reply.headers)

    def _lines(self, reply: Reply) -> str:
        if reply.status in _UNKNOWN:
            return ""
        if reply.status in _REFUSED:
            raise PackageIndexError(
                f"The package index at {shown(self.index)} refuses to answer: {reply.status} {reply.reason}.",
                "Put the user and password that it wants into pip's index-url, or into your netrc file.",
            )
        try:
            files = reply.files(self.url)
        except ValueError as error:
            raise PackageIndexError(
                f"What the package index at {shown(self.index)} says of '{self.project}' cannot be read: "
                f"{without_secrets(str(error))}.",
                "Check pip's index-url: it must be that of a simple index.",
            ) from error
        return distil(self.project, files).lines


class _Health:
    """Which indexes are down, so that hundreds of questions do not each wait for nothing. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered: set[str] = set()
        self._failures: dict[str, list[PackageIndexError]] = {}  # since it last answered

    def check(self, index: str) -> None:
        """Raises what went wrong, if an index seems to be down."""
        with self._lock:
            failures = self._failures.get(index, [])
            if len(failures) >= (_PATIENCE if index in self._answered else 1):
                raise failures[-1]

    def note(self, index: str, failure: PackageIndexError | None) -> None:
        """Whether a question was answered."""
        with self._lock:
            if failure is None:
                self._answered.add(index)
                self._failures.pop(index, None)
            else:
                self._failures.setdefault(index, []).append(failure)


def clients(configuration: Configuration) -> Callable[[], Client]:
    """What makes clients, one for each thread.

    Raises:
        MissingExtraError: httpx is not installed.
        PackageIndexError: the certificates cannot be used.
    """
    try:
        from ungil.index.client import Client, encryption  # noqa: PLC0415 - takes time to import; often nobody asks
    except ImportError as error:
        raise MissingExtraError(
            f"A package index has to be asked, for which {error.name or 'httpx'} is not installed.",
            "Install it with: pip install 'ungil[deps]'",
        ) from error
    context = encryption(configuration)
    return lambda: Client(configuration, context)


def answers(
    questions: Sequence[Question], configuration: Configuration, manners: Manners, report: Report
) -> dict[tuple[str, str], Outcome]:
    """What comes back for each question, by index and project; what was answered is kept.

    The threads are daemons: whoever interrupts does not wait for an index that is silent.

    Raises:
        MissingExtraError: httpx is not installed.
        PackageIndexError: nothing can be asked: a certificate or the proxy cannot be used.
    """
    asking = _Asking(questions, clients(configuration), manners.kept)
    threads = [threading.Thread(target=asking.work, daemon=True) for _ in range(min(_AT_A_TIME, len(questions)))]
    for thread in threads:
        thread.start()
    outcomes: dict[tuple[str, str], Outcome] = {}
    for number in range(len(questions)):
        report(f"asking about packages: {number} of {len(questions)}")
        question, outcome = asking.next()
        outcomes[question.index, question.project] = outcome
    for thread in threads:
        thread.join()
    return outcomes


class _Asking:
    """The questions that are left, and the outcomes that have come, between threads."""

    def __init__(self, questions: Sequence[Question], connect: Callable[[], Client], kept: Kept) -> None:
        self._connect, self._kept = connect, kept
        self._health = _Health()
        self._todo: queue.SimpleQueue[Question] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Question, Outcome] | BaseException] = queue.SimpleQueue()
        for question in questions:
            self._todo.put(question)

    def next(self) -> tuple[Question, Outcome]:
        """Waits for an outcome; a thread's own failure is raised here."""
        done = self._done.get()
        if isinstance(done, BaseException):
            raise done
        return done

    def work(self) -> None:
        """Asks until there is nothing left to ask."""
        try:
            with self._connect() as client:
                while True:
                    question = self._todo.get_nowait()
                    self._done.put((question, self._outcome(question, client)))
        except queue.Empty:
            return
        except BaseException as error:  # noqa: BLE001 - raised where the outcomes are waited for
            self._done.put(error)

    def _outcome(self, question: Question, client: Client) -> Outcome:
        try:
            self._health.check(question.index)
            answer = question.ask(client)
        except PackageIndexError as error:
            self._health.note(question.index, error)
            return error
        self._health.note(question.index, None)
        self._kept.store(question.url, answer)
        return Releases(answer.lines)
