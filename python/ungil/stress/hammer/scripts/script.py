"""A script that shows a finding without the hammer: plain threads, the standard library, and the extension."""

from __future__ import annotations

import pickle
import re
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from ungil import __version__
from ungil.files import write_whole
from ungil.stress.hammer.models.literal import UnwritableError
from ungil.stress.hammer.models.model import Operation, Written
from ungil.stress.hammer.models.written import with_source, written_call
from ungil.stress.hammer.runs.attempt import Kind, Method, Observation
from ungil.stress.hammer.scripts import ends, parts
from ungil.stress.hammer.telling.places import Places
from ungil.stress.hammer.telling.words import NAMES, tell

__all__ = ["Need", "Script", "script"]

WIDTH: Final = 100
_USAGE: Final = """\
    $ python3.14t {name} [SECONDS]

Exit code 0: it did not happen within SECONDS, which are 10 unless given. {failure}

The hammer of ungil {version} saw it:
"""
_FAILURES: Final = {
    Kind.CRASH: "If it happens, the process ends with a signal.",
    Kind.DEADLOCK: "1: calls do not come to an end, and the stacks of the threads are printed.",
    Kind.HANG: "1: calls do not come to an end, and the stacks of the threads are printed.",
    Kind.OUTCOME: "1: it did, and what came out is printed.",
    Kind.GROWTH: "1: memory grew, and how much is printed.",
}
_STANDARD: Final = (
    *("collections", "concurrent.futures", "ctypes", "faulthandler", "functools", "gc", "itertools", "json", "os"),
    *("random", "re", "runpy", "sys", "threading", "time"),
)


class Need(StrEnum):
    """What a script may have to be run with, and why."""

    GIL_OFF = "The module does not say that it needs no GIL, so the GIL is kept off"
    DEBUG_ALLOCATOR = "It takes an allocator that overwrites what is freed, or stale data would still look right"


_VARIABLES: Final = {
    Need.GIL_OFF: {"PYTHON_GIL": "0"},
    Need.DEBUG_ALLOCATOR: {"PYTHONMALLOC": "debug", "MALLOC_PERTURB_": "165"},
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script.

    Attributes:
        text: of it.
        data: what has to be in the file beside it, of the same name and ``.data``; None if nothing.
    """

    text: str
    data: bytes | None = None

    def write(self, path: Path) -> None:
        """Write it, whole.

        Raises:
            OutputError: it cannot be written.
        """
        if self.data is not None:
            write_whole(path.with_name(f"{path.name}.data"), self.data)
        write_whole(path, self.text.encode())


def script(
    observation: Observation,
    title: str,
    places: Places,
    *,
    name: str = "script.py",
    needs: Collection[Need] = (),
) -> Script:
    """The script.

    Args:
        observation: what it is to show.
        title: the finding's message.
        places: of the instructions in it.
        name: of the file, for its own usage.
        needs: what it is to be run with.

    Raises:
        UnwritableError: there is no source for the object, for its observer, or for a call.
    """
    model = with_source(observation.attempt.scenario.model)
    calls = [[_written(call) for call in thread] for thread in observation.attempt.scenario.threads]
    looks = [_checked(model.written_state)] if _compares(observation) and model.written_state else []
    sources = [_checked(model.written), *looks, *(call for thread in calls for call in thread)]
    data = {name: pickled for source in sources for name, pickled in source.data.items()}
    file = next((source.file for source in sources if source.file), "")
    before = [_environment(needs)] * bool(needs) + [parts.DATA] * bool(data) + [_run(file)] * bool(file)
    state = [source.text for source in looks] or [parts.VISIBLE_STATE] * _compares(observation)
    body = "\n\n".join([*before, sources[0].text, *state, _calls(observation, calls), *_machinery(observation)])
    imports = _imports(body, frozenset().union(*(source.imports for source in sources)))
    docstring = _docstring(f"Shows that {title}.", _usage(observation, name), tell(observation, places))
    return Script(f"{docstring}\n{imports}\n\n{body}", pickle.dumps(data) if data else None)


def _environment(needs: Collection[Need]) -> str:
    """What starts the script again with variables that it was not given."""
    variables: dict[str, str] = {}
    for need in needs:
        variables |= _VARIABLES[need]
    return parts.ENVIRONMENT.format(why="; ".join(needs), variables=variables)


def _written(call: Operation) -> Written:
    return _checked(call.written or written_call(call))


def _checked(written: Written | None) -> Written:
    if written is None or not written.text:
        raise UnwritableError(written.why_not if written else "nobody has found out how it is written")
    return written


def _run(file: str) -> str:
    return f"FILE = runpy.run_path({file!r})  # the model\n"


def _calls(observation: Observation, calls: Sequence[Sequence[Written]]) -> str:
    """What each thread does."""
    rows = []
    for letter, thread in zip(NAMES, calls, strict=False):
        rows.append(f"    [{', '.join(f'lambda subject: {call.text}' for call in thread)}],  # thread {letter}\n")
    owner = observation.attempt.owner
    return f"CALLS = [\n{''.join(rows)}]\nOWNER = {owner}  # the thread that makes the objects: {NAMES[owner]}\n"


def _compares(observation: Observation) -> bool:
    return observation.kind is Kind.OUTCOME or observation.attempt.method is Method.FIRST_USE


def _machinery(observation: Observation) -> Iterator[str]:
    """What is the same for every object."""
    threads = parts.THREADS
    if observation.attempt.method is Method.FIRST_USE:
        yield threads.replace(parts.PATIENCE, "").replace("OBJECTS = 100 ", "OBJECTS = 1 ")
        yield from (parts.COMPARE, ends.FIRST_USE)
        return
    if not _compares(observation):
        threads = threads.replace(parts.KEEP, parts.USE).replace(parts.KEPT, "")
    yield from (threads, parts.MANY)
    if observation.kind is Kind.OUTCOME:
        yield from (parts.SOME_ORDER, parts.COMPARE, ends.ONE_AND_MANY)
    else:
        yield ends.GROWTH if observation.kind is Kind.GROWTH else ends.ENDLESS


def _imports(body: str, modules: frozenset[str]) -> str:
    """Those of the standard library, then the others."""
    ours = {name for name in _STANDARD if re.search(rf"\b{name}\.", body)}
    standard = {name for name in modules if name.partition(".")[0] in sys.stdlib_module_names}
    theirs = sorted(modules - standard)
    first = "".join(f"import {name}\n" for name in sorted(ours | standard))
    return first + ("\n" + "".join(f"import {name}\n" for name in theirs) if theirs else "")


def _usage(observation: Observation, name: str) -> str:
    return _USAGE.format(name=name, failure=_FAILURES[observation.kind], version=__version__)


def _docstring(head: str, usage: str, facts: Iterable[str]) -> str:
    seen = "\n".join(
        textwrap.fill(fact, WIDTH, initial_indent="    ", subsequent_indent="        ", break_long_words=False)
        for fact in facts
    )
    text = f"{textwrap.fill(head, WIDTH)}\n\n{usage}\n{seen}\n".replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}"""\n'
