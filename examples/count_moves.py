"""Move one item onto one shelf from several threads at once, then ask the shelf what arrived.

``python count_moves.py THREADS MOVES``, with ``shelfcount`` on the path, prints three numbers: the moves made, the
units of the item, the units on the shelf.
"""

from __future__ import annotations

import sys
from threading import Barrier, Thread

from shelfcount import Shelf  # type: ignore[import-not-found]  # built by the demo and by the tests


def main(threads: int, moves: int) -> None:
    """Start all threads at one barrier, wait for them, and print the three numbers."""
    shelf = Shelf()
    start = Barrier(threads)

    def work() -> None:
        start.wait()
        for _ in range(moves):
            shelf.move("tea")

    workers = [Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.stdout.write(f"{threads * moves} {shelf.count('tea')} {shelf.units}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
