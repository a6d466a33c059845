"""What the output of a build that failed says of its cause, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["advice"]

type _Advice = str | Callable[[re.Match[str]], str]

_HEADERS: Final = {
    "ffi.h": "libffi-dev",
    "zlib.h": "zlib1g-dev",
    "bzlib.h": "libbz2-dev",
    "lzma.h": "liblzma-dev",
    "zstd.h": "libzstd-dev",
    "lz4.h": "liblz4-dev",
    "snappy.h": "libsnappy-dev",
    "openssl": "libssl-dev",
    "libxml": "libxml2-dev",
    "libxslt": "libxslt1-dev",
    "curl": "libcurl4-openssl-dev",
    "libpq-fe.h": "libpq-dev",
    "mysql": "default-libmysqlclient-dev",
    "sqlite3.h": "libsqlite3-dev",
    "sql.h": "unixodbc-dev",
    "yaml.h": "libyaml-dev",
    "event.h": "libevent-dev",
    "uv.h": "libuv1-dev",
    "ev.h": "libev-dev",
    "gmp.h": "libgmp-dev",
    "mpfr.h": "libmpfr-dev",
    "mpc.h": "libmpc-dev",
    "boost": "libboost-all-dev",
    "Eigen": "libeigen3-dev",
    "hdf5.h": "libhdf5-dev",
    "ldap.h": "libldap-dev",
    "sasl": "libsasl2-dev",
    "krb5.h": "libkrb5-dev",
    "gssapi": "libkrb5-dev",
    "libusb.h": "libusb-1.0-0-dev",
    "portaudio.h": "portaudio19-dev",
    "jpeglib.h": "libjpeg-dev",
    "png.h": "libpng-dev",
    "freetype": "libfreetype-dev",
    "cairo.h": "libcairo2-dev",
    "hiredis": "libhiredis-dev",
    "rocksdb": "librocksdb-dev",
    "leveldb": "libleveldb-dev",
}


_PKG_CONFIG: Final = {
    "libpq": "libpq-dev",
    "libffi": "libffi-dev",
    "libsystemd": "libsystemd-dev",
    "libsodium": "libsodium-dev",
    "libevent": "libevent-dev",
    "libzstd": "libzstd-dev",
    "liblz4": "liblz4-dev",
    "libpng": "libpng-dev",
    "libarchive": "libarchive-dev",
    "libvirt": "libvirt-dev",
    "libusb-1.0": "libusb-1.0-0-dev",
    "sqlite3": "libsqlite3-dev",
    "hiredis": "libhiredis-dev",
    "fontconfig": "libfontconfig-dev",
    "vips": "libvips-dev",
    "openssl": "libssl-dev",
    "libssl": "libssl-dev",
    "libcrypto": "libssl-dev",
    "zlib": "zlib1g-dev",
    "liblzma": "liblzma-dev",
    "libxml-2.0": "libxml2-dev",
    "libxslt": "libxslt1-dev",
    "libexslt": "libxslt1-dev",
    "xmlsec1": "libxmlsec1-dev",
    "libcurl": "libcurl4-openssl-dev",
    "mysqlclient": "default-libmysqlclient-dev",
    "libmariadb": "libmariadb-dev",
    "mariadb": "libmariadb-dev",
    "yaml-0.1": "libyaml-dev",
    "libuv": "libuv1-dev",
    "glib-2.0": "libglib2.0-dev",
    "gobject-2.0": "libglib2.0-dev",
    "gio-2.0": "libglib2.0-dev",
    "gobject-introspection-1.0": "libgirepository1.0-dev",
    "dbus-1": "libdbus-1-dev",
    "cairo": "libcairo2-dev",
    "pango": "libpango1.0-dev",
    "gtk+-3.0": "libgtk-3-dev",
    "freetype2": "libfreetype-dev",
    "fuse": "libfuse-dev",
    "fuse3": "libfuse3-dev",
    "libgit2": "libgit2-dev",
    "libssh2": "libssh2-1-dev",
    "libzmq": "libzmq3-dev",
    "libpcre2-8": "libpcre2-dev",
    "libopenjp2": "libopenjp2-7-dev",
    "sdl2": "libsdl2-dev",
    "sndfile": "libsndfile1-dev",
    "alsa": "libasound2-dev",
    "portaudio-2.0": "portaudio19-dev",
    "libpcsclite": "libpcsclite-dev",
    "krb5": "libkrb5-dev",
    "krb5-gssapi": "libkrb5-dev",
    "mit-krb5": "libkrb5-dev",
    "libsasl2": "libsasl2-dev",
    "nss": "libnss3-dev",
    "poppler-cpp": "libpoppler-cpp-dev",
    "bzip2": "libbz2-dev",
    "lzo2": "liblzo2-dev",
    "gsl": "libgsl-dev",
    "openblas": "libopenblas-dev",
    "hdf5": "libhdf5-dev",
    "proj": "libproj-dev",
    "libudev": "libudev-dev",
}
"""What pkg-config calls a library, and the package that has it."""


def _pkg_config(match: re.Match[str]) -> str:
    name = next(filter(None, match.groups()))
    package = _PKG_CONFIG.get(name.lower(), "")
    where = f"On Debian and Ubuntu: apt-get install {package}" if package else f"On Debian: apt-file search /{name}.pc"
    return f"pkg-config does not know the library {name}: its headers are missing. {where}"


def _header(match: re.Match[str]) -> str:
    name = match["name"]
    if name in {"Python.h", "pyconfig.h"}:
        return "The headers of the interpreter are missing: 'ungil python 3.14t' finds or assembles one that has them."
    package = next((package for begin, package in _HEADERS.items() if name.startswith(begin)), "")
    where = f"On Debian and Ubuntu: apt-get install {package}" if package else f"On Debian: apt-file search /{name}"
    return f"The header {name} is missing. {where}"


def _library(match: re.Match[str]) -> str:
    name = match["name"]
    return f"The library {name} is missing. On Debian and Ubuntu it is mostly in lib{name}-dev."


def _module(match: re.Match[str]) -> str:
    return (
        f"The build imports {match['name']}, which [build-system] of its pyproject.toml does not require.\n"
        "  Add it there: a build in a clean environment has nothing else."
    )


_SIGNS: Final[tuple[tuple[str, _Advice], ...]] = (
    (r"No space left on device|Errno 28\b", "The disk is full: make room, or name a folder elsewhere."),
    (r"Read-only file system", "That folder cannot be written to: name another one."),
    (r"(?s)crates\.io.*(Could not resolve host|network error)", "Cargo does not reach crates.io: is there a network?"),
    (
        (
            r"dns error|Could not resolve host|Temporary failure in name resolution|Name or service not known"
            r"|Network is unreachable"
            r"|Connection refused|error sending request|Failed to establish a new connection|operation timed out"
            r"|Could not connect|Max retries exceeded|tcp connect error"
        ),
        "The package index does not answer: is there a network, and is pip set up for the right index?",
    ),
    (
        (
            r"can't find Rust compiler|(cargo|rustc)\b.{0,60}(not found|not installed|No such file)|[Rr]ust toolchain"
            r"|Cargo, the Rust package manager, is not installed"
        ),
        "It needs a Rust compiler: install rustup (or Debian's rustc and cargo), then try again.",
    ),
    (
        r"configured Python interpreter version .* is newer than PyO3's maximum|PyO3.{0,80}free-threaded",
        "Its PyO3 is too old for this build of Python: raise it to 0.23 or newer.",
    ),
    (
        (
            r"(Py_LIMITED_API|limited API|abi3).{0,120}(free.threaded|Py_GIL_DISABLED|not (currently )?supported)"
            r"|(free.threaded|Py_GIL_DISABLED).{0,120}(limited API|Py_LIMITED_API|abi3)"
        ),
        "It asks for the limited API, which free-threaded builds before 3.15 do not have: do so elsewhere only.",
    ),
    (r"fatal error: '?(?P<name>[^':\s]+)'?(:| file) [Nn](o such file|ot found)", _header),
    (r"cannot find -l(?P<name>[\w+.-]+)", _library),
    (
        (
            r"command '(gcc|cc|c\+\+|g\+\+|clang|[\w-]+-gcc)' failed: No such file"
            r"|No CMAKE_CX?X?_COMPILER could be found|Unknown compiler\(s\)|Microsoft Visual C\+\+ .* is required"
        ),
        "There is no C or C++ compiler. On Debian and Ubuntu: apt-get install build-essential",
    ),
    (
        (
            r"CMake must be installed|Could not find CMake|'?cmake'?:? (command )?not found"
            r"|No such file or directory: 'cmake'"
        ),
        "It needs CMake: apt-get install cmake, or have its pyproject.toml require it.",
    ),
    (
        r"meson(-python)?:? .{0,30}not found|No such file or directory: 'meson'",
        "It needs Meson: have its pyproject.toml require meson-python.",
    ),
    (
        r"(pkg-config|PkgConfig)\b.{0,60}not found|No such file or directory: 'pkg-config'",
        "It needs pkg-config. On Debian and Ubuntu: apt-get install pkg-config",
    ),
    (
        r"No such file or directory: '(?P<tool>[\w.+-]+)'|(?P<tool2>[\w.+-]+): (command )?not found",
        lambda match: f"The build runs '{match['tool'] or match['tool2']}', which is not installed.",
    ),
    (r"ModuleNotFoundError: No module named '(?P<name>[\w.]+)'", _module),
    (
        r"No solution found|Could not find a version that satisfies|No matching distribution",
        "What it requires is not to be had for this interpreter: see the lines above for which.",
    ),
    (
        (
            r"pkg-config['\", ]+(?:--?[\w-]+['\", ]+)+(?P<name>[a-zA-Z][\w.+-]*)\b.{0,80}(?:non-zero|exit|fail)"
            r"|Package '?(?P<package>[\w.+-]+)'?(?:, required by '[^']*',)? (?:was )?not found"
            r"|No package '(?P<none>[\w.+-]+)' found"
            r"|Dependency \"?(?P<dependency>[\w.+-]+)\"? not found, tried pkg-?config"
        ),
        _pkg_config,
    ),
    (
        r"(Unable to detect|unable to detect|no \.git|setuptools.scm was unable)",
        "Its version is read from git: name a clone, an sdist, or set SETUPTOOLS_SCM_PRETEND_VERSION.",
    ),
)


def advice(output: str, otherwise: str) -> str:
    """What to do, from the first sign of a known cause; ``otherwise`` if there is none."""
    for pattern, said in _SIGNS:
        if match := re.search(pattern, output):
            return said if isinstance(said, str) else said(match)
    return otherwise
