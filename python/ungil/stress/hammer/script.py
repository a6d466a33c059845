"""A script that shows a finding without the hammer: plain threads, the standard library, and the extension."""

from __future__ import annotations

import pickle
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil import __version__
from ungil.files import write_whole
from ungil.stress.hammer import script_parts as parts
from ungil.stress.hammer.attempt import Kind, Observation
from ungil.stress.hammer.places import Place
from ungil.stress.hammer.telling import NAMES, tell
from ungil.stress.hammer.text import Spot
from ungil.stress.hammer.written import Writer

__all__ = ["Script", "script"]

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
    Kind.GROWTH: "1: memory grew. Linux only.",
}
_ENDINGS: Final = {Kind.OUTCOME: parts.COMPARE, Kind.GROWTH: parts.GROWTH}
_ALWAYS: Final = {"faulthandler", "functools", "random", "sys", "threading", "time"}
_MAYBE: Final = ("collections", "itertools", "os", "re")


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
    places: Mapping[Spot, Place] | None = None,
    *,
    name: str = "script.py",
    debug_allocator: bool = False,
) -> Script:
    """The script.

    Args:
        observation: what it is to show.
        title: the finding's message.
        places: of the instructions where threads stopped.
        name: of the file, for its own usage.
        debug_allocator: have freed memory overwritten.

    Raises:
        UnwritableError: there is no source for the object, for its observer, or for a call.
    """
    writer = Writer()
    head = list(_subject(observation, writer))
    compares = observation.kind is Kind.OUTCOME
    threads = parts.THREADS if compares else parts.THREADS.replace(parts.KEEP, parts.USE).replace(parts.KEPT, "")
    tail = [threads, _ENDINGS.get(observation.kind, parts.ENDLESS)]
    before = [parts.DEBUG_ALLOCATOR] * debug_allocator + [parts.DATA] * bool(writer.data)
    body = "\n\n".join([*before, *head, *tail])
    text = f"{_docstring(observation, title, places, name)}\n{_imports(body, writer.imports)}\n\n{body}"
    return Script(text, pickle.dumps(writer.data) if writer.data else None)


def _subject(observation: Observation, writer: Writer) -> Iterator[str]:
    """What is about the object: how it is made, what can be seen of it, what each thread does."""
    attempt = observation.attempt
    model = attempt.scenario.model
    yield model.written or writer.maker(model)
    if observation.kind is Kind.OUTCOME:
        if not model.written:
            yield writer.observer(model) or parts.VISIBLE_STATE
        elif model.state is None:
            yield parts.VISIBLE_STATE
    rows = []
    for letter, calls in zip(NAMES, attempt.scenario.threads, strict=False):
        inside = ", ".join(f"lambda subject: {writer.call(call)}" for call in calls)
        rows.append(f"    [{inside}],  # thread {letter}")
    body = "\n".join(rows)
    yield f"CALLS = [\n{body}\n]\nOWNER = {attempt.owner}  # the thread that makes the objects: {NAMES[attempt.owner]}\n"


def _imports(body: str, modules: set[str]) -> str:
    """Those of the standard library, then the others."""
    ours = _ALWAYS | {name for name in _MAYBE if re.search(rf"\b{name}\.", body)}
    standard = {name for name in modules if name.partition(".")[0] in sys.stdlib_module_names}
    theirs = sorted(modules - standard)
    first = "".join(f"import {name}\n" for name in sorted(ours | standard))
    return first + ("\n" + "".join(f"import {name}\n" for name in theirs) if theirs else "")


def _docstring(observation: Observation, title: str, places: Mapping[Spot, Place] | None, name: str) -> str:
    head = textwrap.fill(f"Shows that {title}.", WIDTH)
    usage = _USAGE.format(name=name, failure=_FAILURES[observation.kind], version=__version__)
    facts = "\n".join(
        textwrap.fill(fact, WIDTH, initial_indent="    ", subsequent_indent="        ", break_long_words=False)
        for fact in tell(observation, places)
    )
    text = f"{head}\n\n{usage}\n{facts}\n".replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{text}"""\n'
