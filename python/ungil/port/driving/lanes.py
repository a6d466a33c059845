"""What the hammer observed, as lanes of a timeline: a thread each, and the moments in which they ran and stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ungil.port.evidence import Lane, Moment, Origin, Scenario

__all__ = ["scenario"]

_NAMES: Final = "ABCDEFGH"
_LONGEST: Final = 400
"""Characters of an outcome."""

_ORDERS: Final = 8
_STACKS: Final = 4

type Json = Mapping[str, Any]


def scenario(observation: Json, confirmation: Json | None) -> Scenario:
    """One observation of ``ungil hammer --format json``, and what a script of plain threads showed of it."""
    threads: Sequence[Sequence[str]] = observation["threads"]
    return Scenario(
        title=f"{observation['model']}: {' beside '.join('; '.join(calls) for calls in threads)}",
        lanes=tuple(
            Lane(name, tuple(calls), tuple(_moments(name, calls, observation)))
            for name, calls in zip(_NAMES, threads, strict=False)
        ),
        got=_short(observation["got"]),
        allowed=tuple((_order(one["order"]), _short(one["outcome"])) for one in observation["allowed"][:_ORDERS]),
        again=observation["again"],
        tries=observation["tries"],
        confirmed=_confirmed(confirmation) if confirmation else "",
        script=confirmation["text"] if confirmation else "",
        stacks=tuple(observation["stacks"][:_STACKS]),
    )


def _moments(name: str, calls: Sequence[str], observation: Json) -> Iterator[Moment]:
    """What one thread does, moment by moment."""
    method, turns = observation["method"], observation["turns"]
    made = "; ".join(calls)
    if method == "stops" and not turns:
        yield from _everywhere(name, made)
    elif turns and method in {"stops", "in order", "first use"}:
        yield from _in_turns(name, made, turns)
    else:
        often = f", {observation['times']:,} times" if observation["times"] > 1 else ""
        yield Moment(0, f"sets off at the same moment: {made}{often}")


def _everywhere(name: str, made: str) -> Iterator[Moment]:
    """It took several runs, in each of which the first thread stopped elsewhere."""
    if name == _NAMES[0]:
        yield Moment(0, f"{made} runs to", Origin("each of its instructions, in one run after the other"))
        yield Moment(2, "goes on to its end")
    else:
        yield Moment(1, f"{made} runs to its end")


def _in_turns(name: str, made: str, turns: Sequence[Json]) -> Iterator[Moment]:
    begun = False
    for time, turn in enumerate(turns):
        if turn["thread"] != name:
            continue
        does = "goes on" if begun else made
        begun = True
        if turn["stop"]:
            reached = f" (reached {turn['time']} times)" if turn["time"] > 1 else ""
            yield Moment(time, f"{does}{' and' if does == 'goes on' else ''} runs to{reached}", _origin(turn["stop"]))
        else:
            yield Moment(time, f"{does} to its end" if does == "goes on" else f"{does} runs to its end")


def _origin(place: Json) -> Origin:
    """Where a thread stopped, in source if that is known."""
    machine = f"{place['function']}+{place['function_offset']:#x}" if place["function"] else f"+{place['offset']:#x}"
    calls = []
    if place["after_call"]:
        calls.append(f"after the call of {place['after_call']}")
    if place["before_call"]:
        calls.append(f"before {'that' if calls else 'the call'} of {place['before_call']}")
    around = f", {' and '.join(calls)}" if calls else ""
    where = f" ({place['path']}:{place['line']})" if place["path"] else ""
    return Origin(f"{machine}{where}{around}", place["path"], place["line"])


def _order(order: str) -> str:
    return order or "any"


def _confirmed(confirmation: Json) -> str:
    """What came of the script, in words."""
    if not confirmation["text"]:
        return f"not tried in plain Python threads: {confirmation['how']}"
    if not confirmation["tries"]:
        return "not tried in plain Python threads"
    tries = "1 try" if confirmation["tries"] == 1 else f"{confirmation['tries']} tries"
    took = f"{tries}, {confirmation['seconds']:.1f} s"
    if confirmation["confirmed"]:
        how = f": {_short(confirmation['how'])}" if confirmation["how"] else ""
        return f"confirmed in plain Python threads ({took}){how}"
    return f"not shown in plain Python threads ({took})"


def _short(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"
