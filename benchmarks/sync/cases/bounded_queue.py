"""BoundedQueue beside other queues."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare

OURS = "from ungil import BoundedQueue; o = BoundedQueue(1024)"
SIMPLE = "from queue import SimpleQueue; o = SimpleQueue()"
QUEUE = "from queue import Queue; o = Queue(1024)"
DEQUE = "from collections import deque; o = deque()"
FT_DEQUE = "from ft_utils.concurrency import ConcurrentDeque; o = ConcurrentDeque()"
FT_QUEUE = "from ft_utils.concurrency import ConcurrentQueue; o = ConcurrentQueue(lock_free=True)"
BOTH = (Sharing.DISTINCT, Sharing.SHARED)

BATCH = 20
PUT_GET = "o.put(1)\no.get()"
APPEND_POP = "o.append(1)\no.popleft()"
POLL = "while not o:\n    pass\no.popleft()"  # one consumer: what is there stays there


def cases() -> Iterator[Case]:
    """Threads that do both, then one that puts and one that gets. Queues wait, all of them."""
    yield from compare(
        "put and get",
        BOTH,
        Contender("ungil BoundedQueue", OURS, PUT_GET, blocking=True),
        Contender("ungil BoundedQueue, nowait", OURS, "o.put_nowait(1)\no.get_nowait()", blocking=True),
        Contender("queue.SimpleQueue", SIMPLE, PUT_GET, blocking=True),
        Contender("queue.Queue", QUEUE, PUT_GET, blocking=True),
        Contender("collections.deque", DEQUE, APPEND_POP, blocking=True),
        Contender("ft_utils ConcurrentDeque", FT_DEQUE, APPEND_POP, blocking=True),
        Contender("ft_utils ConcurrentQueue", FT_QUEUE, "o.push(1)\no.pop()", blocking=True),
    )
    yield from compare(
        "one puts, one gets",
        (Sharing.SHARED,),
        Contender("ungil BoundedQueue", OURS, "o.put(1)", second="o.get()", blocking=True),
        Contender(
            f"ungil BoundedQueue, {BATCH} at once",
            OURS + f"\nitems = [1] * {BATCH}",
            "o.put_many(items)",
            second=f"left = {BATCH}\nwhile left:\n    left -= len(o.get_many(left))",
            blocking=True,
            count=BATCH,
        ),
        Contender("queue.SimpleQueue", SIMPLE, "o.put(1)", second="o.get()", blocking=True),
        Contender("queue.Queue", QUEUE, "o.put(1)", second="o.get()", blocking=True),
        Contender("collections.deque, polled", DEQUE, "o.append(1)", second=POLL, blocking=True),
        Contender("ft_utils ConcurrentQueue", FT_QUEUE, "o.push(1)", second="o.pop()", blocking=True),
    )
