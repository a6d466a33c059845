"""Python: what the standard library's ``ast`` says of a project's own code, several files at once."""

from __future__ import annotations

import ast
import os
import re
import sys
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from ungil.facts.python.model import PyFile
from ungil.facts.python.sharing import PythonFacts
from ungil.facts.python.units import Unit, read_unit
from ungil.source import Source

__all__ = ["read"]

_LARGEST = 3 << 20  # bytes; what people write is a tenth of it
# A file in which none of this stands has nothing that threads could meet in. Plain searches come first: they take a
# tenth of the time.
_LIKELY_THREADS = (b"hread", b"concurrent.futures", b"run_in_executor")
_THREADS = re.compile(
    rb"\bthreading\b|\b_thread\b|\bconcurrent\.futures\b|\bThreadPool|\brun_in_executor\b|\bto_thread\b"
)
_LIKELY_SHARED = (b"ContextVar", b"Lock(", b"Condition(", b"Semaphore(", b"Queue(", b"os.", b"setlocale", b"timeout(")
_SHARED = re.compile(
    rb"""(?x) \bContextVar\b | \b(?:Lock|RLock|Condition|Semaphore|Queue)\( | \b(?:setlocale|setdefaulttimeout)\(
    | \bos\.(?: (?:fork|forkpty|chdir|fchdir|umask|putenv)\( | environ\[[^\]\n]+\]\s*=[^=] )
    """
)
# ``global x``; ``cls.x = v`` and ``Spam.x += v``; ``x = {}`` in the module. Each begins with the end of a line, so that
# nothing else is tried.
_STATE = re.compile(
    rb"""(?x) \n (?: [ \t]+ (?: global [ \t]+ \w | (?:cls|[A-Z]\w*) \. (?!__) \w+ [ \t]* [-+|]?=[^=] )
    | \w+ (?:[ \t]*:[^=\n]+)? [ \t]*=[ \t]* (?: \{\s*\} | \[\s*\] | (?:\w+\.)?
      (?: (?:set|dict|list|OrderedDict)\(\s*\) | (?:defaultdict|deque|Weak\w+|iter|cycle|count)\( )))
    """
)
_GREENLETS = re.compile(rb"(?m)^\s*(?:from|import)\b.*\bgreenlet\b")
_SCRIPT = re.compile(r"_?(?:setup|build|cythoni[sz]e)\.py")
_READ_AS = "<what ungil reads>"


def read(sources: Iterable[Source], build_files: Iterable[Source] = ()) -> PythonFacts:
    """Reads Python sources as one project; those of the build that lie in a package are part of it."""
    listed = list(sources)
    packages = {PurePosixPath(one.path).parent for one in listed if one.path.endswith("__init__.py")}
    listed += [one for one in build_files if one.path.endswith(".py") and _is_library(one.path, packages)]
    files = tuple(map(_file, listed))
    chosen = [
        (one, file) for one, file in zip(listed, files, strict=True) if file.is_of_threads or _has_state(one.data)
    ]
    units: list[Unit] = []
    unread: list[tuple[str, str]] = []
    for (source, _), made in zip(chosen, _each(chosen), strict=True):
        if isinstance(made, Unit):
            units.append(made)
        else:
            unread.append((source.path, made))
    return PythonFacts(
        files,
        tuple(one for unit in units for one in unit.classes),
        tuple(one for unit in units for one in unit.functions),
        tuple(one for unit in units for one in unit.variables),
        any(one.is_of_threads for one in files),
        tuple(unread),
    )


def _has_state(data: bytes) -> bool:
    if _STATE.search(data) or _STATE.match(b"\n" + data[: data.find(b"\n") + 1]):
        return True
    return any(one in data for one in _LIKELY_SHARED) and _SHARED.search(data) is not None


def _file(source: Source) -> PyFile:
    data = source.data
    is_of_threads = any(one in data for one in _LIKELY_THREADS) and _THREADS.search(data) is not None
    is_of_loop = (b"async " in data and not is_of_threads) or (b"greenlet" in data and bool(_GREENLETS.search(data)))
    return PyFile(source.path, data.count(b"\n") + 1, is_of_loop, is_of_threads)


def _is_library(path: str, packages: set[PurePosixPath]) -> bool:
    where = PurePosixPath(path)
    return where.parent in packages and _SCRIPT.fullmatch(where.name) is None


def _each(chosen: list[tuple[Source, PyFile]]) -> list[Unit | str]:
    """Every file's facts, or why there are none. With the GIL, several threads would only wait for each other."""
    workers = 1
    if sys.version_info >= (3, 13) and not sys._is_gil_enabled() and len(chosen) > 1:  # noqa: SLF001 - it has no other name
        workers = os.process_cpu_count() or 1
    # The parser warns of what it reads. Filters are the process's: this one is added once, and names only these texts.
    warnings.filterwarnings("ignore", category=SyntaxWarning, module=_READ_AS)
    if workers == 1:
        return [_unit(*one) for one in chosen]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda one: _unit(*one), chosen))


def _unit(source: Source, file: PyFile) -> Unit | str:
    if len(source.data) > _LARGEST:
        return f"larger than {_LARGEST >> 20} MiB"
    try:
        return read_unit(ast.parse(source.data, _READ_AS), file, source.data)
    except SyntaxError as error:
        return f"not Python {sys.version_info[0]}.{sys.version_info[1]}: {error.msg} (line {error.lineno})"
    except ValueError as error:
        return f"not Python: {error}"
    except (RecursionError, MemoryError):
        return "its expressions are nested too deeply"
