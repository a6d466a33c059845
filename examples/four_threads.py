"""Four threads, one counter, a million increments each: what every tutorial on atomics begins with.

``python four_threads.py`` prints 4000000. Nothing but the import tells it from the tutorial's script, whose
``from threading import AtomicInteger`` no Python has ever had.
"""

import threading

from ungil import AtomicInteger

counter = AtomicInteger()


def worker() -> None:
    """Count to a million."""
    for _ in range(1_000_000):
        counter.increment()


threads = [threading.Thread(target=worker) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print(counter.get())
