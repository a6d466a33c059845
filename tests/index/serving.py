"""An index on the loopback interface that answers as a test wants it to, and tells what it was asked."""

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Answer:
    """What comes back for a path: the next time after a failure, what ``then`` says."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
    delay: float = 0.0  # seconds before the first byte
    drip: float = 0.0  # seconds between bytes
    then: "Answer | None" = None


@dataclass
class Served:
    """A running index.

    Attributes:
        url: its root.
        asked: the paths that were asked for, with the headers of each question, in order.
        most_at_a_time: how many questions were open at once.
    """

    url: str
    asked: list[tuple[str, dict[str, str]]]
    answers: dict[str, Answer]
    most_at_a_time: int = 0

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.asked]


def page(*files: str, **more: object) -> bytes:
    """A project's page in JSON with these files, each with these further fields."""
    listed = [{"filename": name, "url": f"../../files/{name}", "hashes": {}, **more} for name in files]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "x", "files": listed}).encode()


def projects(**names: list[str]) -> dict[str, Answer]:
    """The answers of an index that has these projects with these files."""
    return {f"/simple/{name.replace('_', '-')}/": Answer(page(*files)) for name, files in names.items()}


@contextlib.contextmanager
def serve(answers: dict[str, Answer], required: str | None = None) -> Iterator[Served]:
    """Serves answers by path; anything else is not found, and everything to whom lacks the required Authorization."""
    served = Served("", [], dict(answers))
    lock = threading.Lock()
    now = 0

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            nonlocal now
            with lock:
                now += 1
                served.most_at_a_time = max(served.most_at_a_time, now)
                served.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                answer = served.answers.get(self.path, Answer(status=404))
                if answer.then is not None:
                    served.answers[self.path] = answer.then
            if required is not None and self.headers.get("Authorization") != required:
                answer = Answer(status=401)
            with contextlib.suppress(OSError):  # whoever asked may have had enough
                self._answer(answer)
            with lock:
                now -= 1

        def _answer(self, answer: Answer) -> None:
            time.sleep(answer.delay)
            self.send_response(answer.status)
            for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not answer.drip:
                self.wfile.write(answer.body)
            for number in range(len(answer.body) if answer.drip else 0):
                self.wfile.write(answer.body[number : number + 1])
                self.wfile.flush()
                time.sleep(answer.drip)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_port}/simple"
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
