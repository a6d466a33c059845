"""Questions to indexes over HTTP: with patience, again when that may help, and never for ever.

A client belongs to one thread. HTTP/1.1 on purpose: eight threads with a connection each are as fast as HTTP/2, and of
HTTP/2 connections that threads share, httpcore's corrupt their state.
"""

from __future__ import annotations

import ssl
import time
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Self

import httpx
import truststore

from ungil.errors import PackageIndexError
from ungil.index.address import authorization, bare, shown, without_secrets
from ungil.index.configuration import Configuration
from ungil.index.page import ACCEPT, IndexFile, files_on

__all__ = ["Client", "Reply", "encryption"]

_LARGEST = 256 << 20  # bytes of one page, unpacked; the largest project on the public index has a twentieth
_WHOLE = 4.0  # a page may take this many times as long as a single silence
_MOST_TRIES = 5
_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds before the second try, and before any
_OK = 200
_MAY_PASS = {429, 500, 502, 503, 504}


class Reply(NamedTuple):
    """What an index answered; the headers' names are in lower case."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes

    def files(self, url: str) -> list[IndexFile]:
        """The files on the page that was asked for at ``url``.

        Raises:
            ValueError: it is no page of an index.
        """
        if self.status != _OK:
            raise ValueError(f"it answers {self.status} {self.reason}")
        return files_on(url, self.body, self.headers.get("content-type", "json"))


class _Silence(Exception):  # noqa: N818 - an answer rather than an error
    """What went wrong, in words, and whether it may go right the next time."""

    def __init__(self, happened: str, *, may_pass: bool) -> None:
        super().__init__(happened)
        self.may_pass = may_pass


def encryption(configuration: Configuration) -> ssl.SSLContext:
    """Whom to trust: the certificates that pip is set up with, else those of the machine, as pip does.

    Raises:
        PackageIndexError: a file that pip is set up with cannot be used.
    """
    try:
        if configuration.certificates:
            context = ssl.create_default_context(cafile=configuration.certificates)
        else:
            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if configuration.client_certificate:
            context.load_cert_chain(configuration.client_certificate)
    except (OSError, ssl.SSLError) as error:
        raise PackageIndexError(
            f"The certificates that pip is set up with cannot be used: {error}.", "Check pip's cert and client-cert."
        ) from error
    return context


class Client:
    """One thread's connections; entered before it is used."""

    def __init__(self, configuration: Configuration, context: ssl.SSLContext) -> None:
        self._timeout = configuration.timeout
        self._tries = 1 + min(_MOST_TRIES - 1, max(0, configuration.retries))
        try:
            self._client = httpx.Client(
                verify=context,
                proxy=configuration.proxy,
                mounts={f"all://{host}": httpx.HTTPTransport(verify=False) for host in configuration.trusted_hosts},
                headers={"Accept": ACCEPT, "User-Agent": "ungil"},
                timeout=configuration.timeout,
                follow_redirects=True,
                max_redirects=5,
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise PackageIndexError(
                f"The proxy cannot be used: {without_secrets(str(error))}.", "Check pip's proxy and HTTPS_PROXY."
            ) from error

    def __enter__(self) -> Self:
        """Opens nothing yet: connections come with questions."""
        self._client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the connections."""
        self._client.close()

    def get(self, url: str, headers: dict[str, str]) -> Reply:
        """The answer at a URL, whatever its status, unless the status is one that passes and does not.

        Raises:
            PackageIndexError: no try brought an answer. It names the host of ``url``, whoever it redirected to.
        """
        secret = authorization(url)
        everything = headers | ({"Authorization": secret} if secret is not None else {})
        for left in reversed(range(self._tries)):
            pause = _PAUSE * 2 ** (self._tries - left - 1)
            try:
                reply = self._once(bare(url), everything)
            except _Silence as silence:
                if not (left and silence.may_pass):
                    raise _unreadable(url, str(silence)) from silence
            else:
                if reply.status not in _MAY_PASS:
                    return reply
                if not left:
                    raise _unreadable(url, f"it answers {reply.status} {reply.reason}")
                pause = _asked_for(reply) or pause
            time.sleep(min(pause, _LONGEST_PAUSE))
        raise AssertionError  # the last try returns or raises

    def _once(self, url: str, headers: dict[str, str]) -> Reply:
        until = time.monotonic() + _WHOLE * self._timeout
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _LARGEST:
                        raise _Silence(f"its page is larger than {_LARGEST >> 20} MiB", may_pass=False)
                    if time.monotonic() > until:
                        raise _Silence(f"its page did not end within {_WHOLE * self._timeout:g} s", may_pass=True)
                return Reply(answer.status_code, answer.reason_phrase, dict(answer.headers), bytes(body))
        except httpx.TimeoutException as error:
            raise _Silence(f"it did not answer within {self._timeout:g} s", may_pass=True) from error
        except httpx.TooManyRedirects as error:
            raise _Silence("it redirects in a circle", may_pass=False) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.DecodingError, ssl.SSLError) as error:
            raise _Silence(without_secrets(str(error)), may_pass=False) from error
        except (httpx.TransportError, OSError) as error:
            raise _Silence(without_secrets(str(error)) or type(error).__name__, may_pass=True) from error


def _asked_for(reply: Reply) -> float | None:
    """The pause that an index asks for, in seconds."""
    value = reply.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _unreadable(url: str, why: str) -> PackageIndexError:
    return PackageIndexError(
        f"The package index at {shown(url)} could not be read: {why}.",
        "Check the network and pip's index-url; --offline uses what was kept of earlier answers.",
    )
