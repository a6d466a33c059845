"""Runs by itself, on any Python 3: how many calls each second so many threads make, each on an object of its own.

python rounds.py FILE    FILE holds what is asked for as JSON; prints one object of JSON, last

Objects are made anew after each ``BATCH`` calls, so that what grows with each call stays small; that is timed too.
Each thread has names and arguments of its own as well: of an argument that two threads share, the counting of its
references would be timed. With a string from one ``DATA``, two threads hashed 0.85 times what one did; from two, 2.0.
"""

from __future__ import annotations

import importlib
import json
import pickle
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

BATCH = 1_000
"""Calls on one object."""

TRIAL = 0.05
"""Seconds in which it is found out whether an operation can be called again and again."""

SHORT = 0.1
"""Of a round, what a batch may take: a round ends when its time is over."""

_CODE = """\
def calls(end, clock, batch):
    done = 0
    while True:
        subject = make()
        for _ in range(batch):
            {call}
        done += batch
        if clock() >= end:
            return done
"""

_Calls = Callable[[float, Callable[[], float], int], int]


def main(path: str) -> dict[str, Any]:
    """What a file asks for: a trial, or rounds by the number of threads."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - nothing but what it needs is imported
        asked = json.load(file)
    calls = [_calls(asked) for _ in range(max(asked["threads"]))]
    batch = _batch(calls[0], asked["seconds"] * SHORT)
    cost = _cost(calls[0], batch, TRIAL)  # an operation that cannot be made again and again raises here
    if asked["trial"]:
        return {"cost": cost}
    rounds: dict[str, list[tuple[float, float]]] = {str(number): [] for number in asked["threads"]}
    for _ in range(asked["rounds"]):
        for number in asked["threads"]:
            rounds[str(number)].append(_round(calls[:number], asked["seconds"], batch))
    return {"rounds": rounds, "gil_on": getattr(sys, "_is_gil_enabled", lambda: True)()}


def _calls(asked: dict[str, Any]) -> _Calls:
    """Makes calls until a moment, in names of its own."""
    names: dict[str, Any] = {
        "__name__": "__main__",
        "DATA": {name: pickle.loads(b64decode(text)) for name, text in asked["data"].items()},  # noqa: S301 - ours
    }
    for name in asked["imports"]:
        importlib.import_module(name)
        top = name.partition(".")[0]
        names[top] = sys.modules[top]
    exec(asked["make"] + _CODE.format(call=asked["call"]), names)  # noqa: S102 - that is what it is for
    calls: _Calls = names["calls"]
    return calls


def _batch(calls: _Calls, seconds: float) -> int:
    """How many calls are made on one object: fewer where so many, and making it, take longer than that."""
    batch = 1
    while batch < BATCH and batch * _cost(calls, batch, 0.0) < seconds / 2:
        batch *= 2
    return min(batch, BATCH)


def _cost(calls: _Calls, batch: int, seconds: float) -> float:
    """Seconds that one call takes, by calls for so long, and one batch at least."""
    begin = time.perf_counter()
    done = calls(begin + seconds, time.perf_counter, batch)
    return (time.perf_counter() - begin) / done


def _round(every: list[_Calls], seconds: float, batch: int) -> tuple[float, float]:
    """Calls each second of so many threads, which begin together; and the share of it that one waited for a core."""
    barrier, done, waited = threading.Barrier(len(every) + 1), [0] * len(every), [0.0] * len(every)

    def run(me: int, calls: _Calls) -> None:
        barrier.wait()
        before = _waited()
        done[me] = calls(time.perf_counter() + seconds, time.perf_counter, batch)
        waited[me] = _waited() - before

    threads = [threading.Thread(target=run, args=one, daemon=True) for one in enumerate(every)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    return sum(done) / took, max(waited) / took


def _waited() -> float:
    """Seconds in which others had the core that this thread could have run on; on Linux, 0 elsewhere."""
    try:
        with open("/proc/thread-self/schedstat", encoding="ascii") as file:  # noqa: PTH123 - see above
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main(sys.argv[1]))}\n")
