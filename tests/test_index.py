"""The package index, against one that the test serves on the loopback interface."""

import base64
import contextlib
import hashlib
import http.server
import io
import json
import os
import re
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
def serve(pages: dict[str, bytes], required: str | None = None) -> Iterator[str]:
    """An index with these pages, for those who send the required Authorization; yields its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            if required is not None and self.headers.get("Authorization") != required:
                body = None
            self.send_response(200 if body is not None else 404)
            kind = "text/html" if (body or b"").startswith(b"<") else "application/vnd.pypi.simple.v1+json"
            self.send_header("Content-Type", kind)
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


def settings(**pip: str) -> dict[str, str]:
    """The environment, less every setting of pip and of proxies, and with these of pip."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("PIP_") and not n.lower().endswith("_proxy")}
    return kept | {"PIP_CONFIG_FILE": os.devnull} | {f"PIP_{name.upper()}": value for name, value in pip.items()}


def audit(target: str, index: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`ungil audit TARGET`, with pip set up to use `index` and nothing else."""
    environment = settings(index_url=index)
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


def test_an_index_of_html_pages_is_read(tmp_path: Path) -> None:
    """An index that only knows the older form of the simple API serves as well."""
    data = sdist("spam-1.0")
    digest = hashlib.sha256(data).hexdigest()
    link = f'<a href="../../files/spam-1.0.tar.gz#sha256={digest}">spam-1.0.tar.gz</a>'
    with serve(
        {"/simple/spam/": f"<!DOCTYPE html><body>{link}</body>".encode(), "/files/spam-1.0.tar.gz": data}
    ) as index:
        assert audit("spam==1.0", index, tmp_path).returncode == 1


def test_a_password_in_the_index_url_is_sent_and_not_shown(tmp_path: Path) -> None:
    """User and password go into the Authorization header; no message repeats them."""
    pages, token = pages_for("1.0"), base64.b64encode(b"user:s%cret").decode()
    with serve(pages, required=f"Basic {token}") as index:
        found = audit("spam==1.0", index.replace("//", "//user:s%25cret@"), tmp_path)
        missing = audit("spam==1.0", index.replace("//", "//user:wrong@"), tmp_path)
    assert found.returncode == 1, found.stderr
    assert missing.returncode == 2
    assert "wrong" not in missing.stderr


@pytest.mark.parametrize(
    ("pip", "said"),
    [
        ({}, r"\['https://\S+/simple'\]"),
        ({"index_url": "https://a.example/x/"}, r"\['https://a\.example/x'\]"),
        ({"extra_index_url": "https://b.example/ file:///wheels"}, r"\['https://\S+/simple', 'https://b\.example'\]"),
        ({"no_index": "1"}, r"PackageIndexError: pip is set up to use no index"),
    ],
)
def test_the_index_is_the_one_that_pip_is_set_up_to_use(pip: dict[str, str], said: str) -> None:
    """Pip's default, its settings and its refusal are all respected; nothing is contacted to find out."""
    code = "from ungil import index; print(index.index_urls())"
    environment = settings(**pip)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert re.search(said, done.stdout + done.stderr), done.stdout + done.stderr


def test_a_setting_in_pips_file_counts(tmp_path: Path) -> None:
    """What pip's configuration file says is what pip is set up to use."""
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://c.example/simple/\n")
    environment = settings() | {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    code = "from ungil import index; print(index.index_urls())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert done.stdout == "['https://c.example/simple']\n", done.stderr


def test_an_index_that_is_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    """A file: index is not one that ungil reads, and the error says so."""
    done = audit("spam==1.0", tmp_path.as_uri(), tmp_path)
    assert done.returncode == 2
    assert "reads packages from http and https, not from 'file:'" in done.stderr
