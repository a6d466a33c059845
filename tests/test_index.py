"""The package index, against one that the test serves on the loopback interface."""

import contextlib
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest


def sdist(name: str) -> bytes:
    """A source distribution with one C file, whose build would fail the test if anything ran it."""
    files = {
        f"{name}/spam.c": b"\nPyMODINIT_FUNC PyInit_spam(void) { return PyModule_Create(&module); }\n",
        f"{name}/setup.py": b"raise SystemExit('the build backend was run')\n",
    }
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@contextlib.contextmanager
def serve(pages: dict[str, bytes]) -> Iterator[str]:
    """An index with these pages; yields its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()


def pages_for(*versions: str, promised: bytes | None = None) -> dict[str, bytes]:
    """An index page for the project `spam` and its files, in PEP 691 JSON; `promised` replaces what is hashed."""
    archives = {f"spam-{version}.tar.gz": sdist(f"spam-{version}") for version in versions}
    files = [
        {
            "filename": name,
            "url": f"../../files/{name}",
            "hashes": {"sha256": hashlib.sha256(promised or data).hexdigest()},
        }
        for name, data in archives.items()
    ]
    files.append({"filename": "spam-9.0-py3-none-any.whl", "url": "x", "hashes": {}})
    return {"/simple/spam/": json.dumps({"files": files}).encode()} | {f"/files/{n}": d for n, d in archives.items()}


def audit(target: str, index: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`ungil audit TARGET`, with pip set up to use `index` and nothing else."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PIP_INDEX_URL": index, "PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-m", "ungil", "audit", target]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment, cwd=folder)


def test_a_release_is_downloaded_checked_and_audited_without_being_run(tmp_path: Path) -> None:
    """The source distribution of the very version is read, from the index that pip uses, and its build is not run."""
    with serve(pages_for("1.0", "1.2")) as index:
        done = audit("spam==1.2", index, tmp_path)
    assert done.returncode == 1, done.stderr
    assert "spam-1.2/spam.c:2:" in done.stdout
    assert "missing-gil-declaration (UG001)" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_another_spelling_of_a_version_and_a_name_is_the_same_release(tmp_path: Path) -> None:
    """1.2.0 is 1.2, and names are compared as the index normalizes them."""
    with serve(pages_for("1.2")) as index:
        assert audit("SPAM==1.2.0", index, tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("spam==3.0", "The newest that it has: 1.0, 1.2."),
        ("eggs==1.0", "The index has no source distribution of 'eggs'."),
    ],
)
def test_a_release_that_is_not_there_is_named(tmp_path: Path, target: str, said: str) -> None:
    """An unknown version lists those that there are; an unknown project is named; both exit with 2."""
    with serve(pages_for("1.0", "1.2")) as index:
        done = audit(target, index, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_download_that_is_not_what_the_index_promised_is_refused(tmp_path: Path) -> None:
    """A file whose hash differs is not audited."""
    with serve(pages_for("1.0", promised=b"something else")) as index:
        done = audit("spam==1.0", index, tmp_path)
    assert done.returncode == 2
    assert "its SHA-256 differs" in done.stderr


def test_an_index_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """Without network the error names the index's host and says what to do; there is no traceback."""
    with serve({}) as index:
        pass
    done = audit("spam==1.0", index, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "The package index at 127.0.0.1 could not be read" in done.stderr
    assert "Check the network and pip's index-url" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_answer_that_is_no_index_page_is_an_error(tmp_path: Path) -> None:
    """A captive portal's web page is not taken for an empty index."""
    with serve({"/simple/spam/": b"<html>please log in</html>"}) as index:
        done = audit("spam==1.0", index, tmp_path)
    assert done.returncode == 2
    assert "could not be read" in done.stderr
