"""URLs with a user and a password: who is asked, and what may be shown."""

import base64
from pathlib import Path

import pytest

from ungil.index import address


def basic(pair: str) -> str:
    """The header's value for a user and a password."""
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def test_a_password_is_sent_as_it_was_before_it_was_quoted() -> None:
    """What a URL has to quote is unquoted in the header; the URL itself is asked for without it."""
    url = "https://user:p%40ss@a.example:8443/simple"
    assert address.authorization(url) == basic("user:p@ss")
    assert address.bare(url) == "https://a.example:8443/simple"
    assert (address.user_of(url), address.shown(url)) == ("user", "a.example")


@pytest.mark.thread_unsafe(reason="it sets an environment variable")
def test_a_netrc_file_has_what_the_url_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry of the host is used; a file that cannot be understood is no entry."""
    file = tmp_path / "netrc"
    file.write_text("machine a.example login me password secret\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    assert address.authorization("https://a.example/simple") == basic("me:secret")
    assert address.authorization("https://b.example/simple") is None
    assert address.authorization("https://you:x@a.example/simple") == basic("you:x")
    file.write_text("machine\n", encoding="utf-8")
    assert address.authorization("https://a.example/simple") is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("error for https://u:p@a.example/x", "error for https://***@a.example/x"),
        ("('http://token@a/', 'git+ssh://git@b/c')", "('http://***@a/', 'git+ssh://***@b/c')"),
        ("mail me@example.org", "mail me@example.org"),
    ],
)
def test_what_others_say_is_shown_without_passwords(said: str, shown: str) -> None:
    """Whatever stands before an @ in a URL is left out; an address of a person is none."""
    assert address.without_secrets(said) == shown
    assert address.has_credentials(said) == (said != shown)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("https://a.example/b/spam-1.0%2Bcpu-py3-none-any.whl#sha256=0", "spam-1.0+cpu-py3-none-any.whl"),
        ("https://a.example/b/spam-1.0.tar.gz?token=x/y", "spam-1.0.tar.gz"),
        ("../wheels/spam-1.0.tar.gz", "spam-1.0.tar.gz"),
        ("wheels\\spam-1.0.tar.gz", "spam-1.0.tar.gz"),
        ("https://a.example/", ""),
    ],
)
def test_the_file_at_the_end_of_a_place_is_found(place: str, name: str) -> None:
    """Without query, fragment and quoting, on every system."""
    assert address.file_name(place) == name
