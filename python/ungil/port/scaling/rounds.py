"""Runs by itself, on any Python 3: how many calls each second so many threads make, each on an object of its own.

python rounds.py FILE    FILE holds a Timing as JSON; prints one object of JSON, last

Objects are made anew after each ``BATCH`` calls, so that what grows with each call stays small; that is timed too.
"""

from __future__ import annotations

import importlib
import json
import pickle
import sys
import threading
import time
from base64 import b64decode
from typing import Any

BATCH = 1_000
"""Calls on one object."""

TRIAL = 0.05
"""Seconds in which it is found out whether an operation can be called again and again."""

_CODE = """\
def calls(end, clock, batch):
    done = 0
    while clock() < end:
        subject = make()
        for _ in range(batch):
            {call}
        done += batch
    return done
"""


def main(path: str) -> dict[str, Any]:
    """What a file asks for: a trial, or rates by the number of threads."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - nothing but what it needs is imported
        asked = json.load(file)
    for name in asked["imports"]:
        globals()[name.partition(".")[0]] = importlib.import_module(name.partition(".")[0])
        importlib.import_module(name)
    globals()["DATA"] = {name: pickle.loads(b64decode(text)) for name, text in asked["data"].items()}  # noqa: S301 - ours
    exec(asked["make"] + _CODE.format(call=asked["call"]), globals())  # noqa: S102 - that is what it is for
    batch = _batch(asked["seconds"])
    cost = _cost(batch)  # an operation that cannot be made again and again raises here
    if asked["trial"]:
        return {"cost": cost}
    rates: dict[str, list[float]] = {str(number): [] for number in asked["threads"]}
    for _ in range(asked["rounds"]):
        for number in asked["threads"]:
            rates[str(number)].append(_rate(number, asked["seconds"], batch))
    return {"rates": rates, "gil_on": getattr(sys, "_is_gil_enabled", lambda: True)()}


def _batch(seconds: float) -> int:
    """Fewer calls where one takes long, so that a round ends when its time is over."""
    cost = _cost(1)
    return max(1, min(BATCH, int(seconds / 10 / cost)))


def _cost(batch: int) -> float:
    """Seconds that one call takes."""
    calls: Any = globals()["calls"]
    begin = time.perf_counter()
    done: int = calls(begin + TRIAL, time.perf_counter, batch)
    return (time.perf_counter() - begin) / done


def _rate(number: int, seconds: float, batch: int) -> float:
    """Calls each second of so many threads, which begin together."""
    calls: Any = globals()["calls"]
    barrier, done = threading.Barrier(number + 1), [0] * number

    def run(me: int) -> None:
        barrier.wait()
        done[me] = calls(time.perf_counter() + seconds, time.perf_counter, batch)

    threads = [threading.Thread(target=run, args=(me,), daemon=True) for me in range(number)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - begin)


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main(sys.argv[1]))}\n")
