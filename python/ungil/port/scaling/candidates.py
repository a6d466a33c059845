"""Runs in the project's environment: which operations could be timed, as plain Python that needs nothing of ungil.

python -m ungil.port.scaling.candidates TARGET [HARVEST]    prints a list of JSON, last

What the project's tests do comes first, then what signatures tell. Of one operation, those that take most to write
come first: the larger the object and the arguments, the more of a call is the extension's own.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ungil.errors import TrialError
from ungil.stress.hammer.models.model import Model, Operation, Written
from ungil.stress.hammer.models.written import with_source
from ungil.stress.sources import Sources, gather, models

__all__ = ["main"]

MOST: Final = 24
EXAMPLES: Final = 3
"""Of one operation: the largest one may be one that raises."""


def main(target: str, harvest: str = "") -> list[dict[str, Any]]:
    """The candidates, few of one operation of one class or module."""
    try:
        gathered = gather(Sources(target, harvest=Path(harvest) if harvest else None))
        made = models(gathered.makers)
    except TrialError:
        return []
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for model in made:
        for one in _of(model):
            found.setdefault((one["owner"], one["name"]), []).append(one)
    chosen = [
        (number, one)
        for some in found.values()
        for number, one in enumerate(sorted(some, key=_size, reverse=True)[:EXAMPLES])
    ]
    ranked = sorted(chosen, key=lambda pair: (pair[1]["source"] != "harvest", pair[0]))
    return [one for _, one in ranked[:MOST]]


def _of(model: Model) -> Iterator[dict[str, Any]]:
    try:
        whole = with_source(model)
    except Exception:  # noqa: BLE001 - values of the extension, which may refuse whatever is asked of them
        return
    for operation in whole.operations:
        call, make = operation.written, whole.written
        if _is_plain(call) and _is_plain(make) and not _is_slow(operation):
            assert call is not None  # noqa: S101 - for the type checker: _is_plain said so
            assert make is not None  # noqa: S101 - likewise
            yield {
                "owner": model.owner(operation),
                "name": operation.name,
                "what": f"{model.name}: {' '.join(str(operation).split())}",
                "source": operation.source.partition(" ")[0],
                "imports": sorted(call.imports | make.imports),
                "data": {name: b64encode(pickled).decode() for name, pickled in {**make.data, **call.data}.items()},
                "make": make.text,
                "call": call.text,
            }


def _size(one: dict[str, Any]) -> int:
    return len(one["make"]) + len(one["call"]) + sum(map(len, one["data"].values()))


def _is_plain(written: Written | None) -> bool:
    """Whether its text, and pickles of what is too long to be written, are all that it takes."""
    return written is not None and bool(written.text) and not written.file


def _is_slow(operation: Operation) -> bool:
    """What waits, or makes objects alone, says nothing about how the extension scales."""
    return operation.name.lower() in {"sleep", "wait", "join", "close"}


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main(*sys.argv[1:]))}\n")
