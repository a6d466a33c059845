"""Leave ``Shelf.discard`` by its error path once, with ``shelfcount`` on the path, and go on."""

from __future__ import annotations

import sys
import time

from shelfcount import Shelf  # type: ignore[import-not-found]  # built by the demo and by the tests

try:
    Shelf().discard("tea")
except KeyError as error:
    sys.stdout.write(f"KeyError: {error}\n")
    sys.stdout.flush()
# Whatever waits suspends the thread's critical sections: also the one that was never ended.
time.sleep(0)
sys.stdout.write("and still running\n")
