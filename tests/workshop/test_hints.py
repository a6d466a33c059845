"""What a failed build says of its cause becomes advice."""

from __future__ import annotations

import pytest

from ungil.workshop.hints import advice

OTHERWISE = "See above."


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("x.c:1:10: fatal error: ffi.h: No such file or directory", "libffi-dev"),
        ("x.c:1:10: fatal error: 'openssl/ssl.h' file not found", "libssl-dev"),
        ("x.c:1:10: fatal error: lzo/lzo1.h: No such file or directory", "apt-file search /lzo/lzo1.h"),
        ("x.c:1:10: fatal error: Python.h: No such file or directory", "ungil python 3.14t"),
        ("/usr/bin/ld: cannot find -lgsl: No such file", "libgsl-dev"),
        ("error: can't find Rust compiler", "rustup"),
        ("error: command 'gcc' failed: No such file or directory", "build-essential"),
        ("ModuleNotFoundError: No module named 'Cython'", "imports Cython"),
        ("tcp connect error: Connection refused (os error 111)", "does not answer"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("[Errno 2] No such file or directory: 'autoreconf'", "'autoreconf'"),
        ("Because trio==99 was not found, No solution found", "not to be had"),
        ("PyO3's free-threaded support", "PyO3"),
        ("Command '['pkg-config', '--exists', 'libpq']' returned non-zero exit status 1.", "libpq-dev"),
        ("pkg-config --exists dbus-1 returned non-zero", "libdbus-1-dev"),
        ("pkg-config --cflags --libs 'libxml-2.0' failed with exit code 1", "libxml2-dev"),
        ("Package libfoo was not found in the pkg-config search path.", "apt-file search /libfoo.pc"),
        ("Package 'glib-2.0', required by 'virtual:world', not found", "libglib2.0-dev"),
        ("No package 'cairo' found", "libcairo2-dev"),
        ('meson.build:3:0: ERROR: Dependency "openssl" not found, tried pkgconfig and cmake', "libssl-dev"),
        ("/bin/sh: 1: pkg-config: not found", "apt-get install pkg-config"),
        ("No such file or directory: 'pkg-config'", "apt-get install pkg-config"),
        ("it just failed", OTHERWISE),
    ],
)
def test_advice(output: str, said: str) -> None:
    """The first known sign says what to do; where there is none, the way to see more is told."""
    assert said in advice(f"some line\n{output}\nlast line", OTHERWISE)
