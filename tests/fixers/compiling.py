"""Compiles what fixers write, for the build that runs the tests, once however many threads ask."""

from __future__ import annotations

import subprocess
import sysconfig
import threading

__all__ = ["complaints"]

_WARNINGS = ("-Wall", "-Werror", "-Wno-unused-function", "-Wno-deprecated-declarations")
_LOCK = threading.Lock()
_KNOWN: dict[tuple[str, bool], str] = {}


def complaints(code: str, *, cxx: bool = False) -> str:
    """What the compiler says of the code as an extension module; empty if it has no objection."""
    with _LOCK:
        if (code, cxx) not in _KNOWN:
            _KNOWN[code, cxx] = _compile(code, cxx=cxx)
        return _KNOWN[code, cxx]


def _compile(code: str, *, cxx: bool) -> str:
    compiler = ["g++", "-std=c++17", "-xc++"] if cxx else ["gcc", "-std=c11", "-xc"]
    include = sysconfig.get_paths()["include"]
    done = subprocess.run(
        [*compiler, *_WARNINGS, "-D_GNU_SOURCE", "-fsyntax-only", f"-I{include}", *_bindings(cxx=cxx), "-"],
        input=code.encode("latin-1"),
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.stderr.decode(errors="replace") if done.returncode else ""


def _bindings(*, cxx: bool) -> list[str]:
    """Where the headers of the C++ frameworks are that the environment has."""
    if not cxx:
        return []
    import nanobind  # type: ignore[import-untyped] # noqa: PLC0415 - only examples in C++ need it
    import pybind11  # noqa: PLC0415

    return [f"-I{nanobind.include_dir()}", f"-I{pybind11.get_include()}"]
