"""Leave ``Shelf.discard`` by its error path once, with ``shelfcount`` on the path, and go on."""

from __future__ import annotations

import os
import time

from shelfcount import Shelf  # type: ignore[import-not-found]  # built by the demo and by the tests

try:
    Shelf().discard("tea")
except KeyError as error:
    os.write(1, f"KeyError: {error}\n".encode())  # unbuffered: this process may be about to die
# Whatever waits suspends the thread's critical sections: also the one that was never ended.
time.sleep(0)
os.write(1, b"and still running\n")
