"""Primitives that scale without the GIL, and a toolkit that takes extensions off it.

`from ungil import AtomicInteger, AtomicReference` needs nothing but the interpreter.
The toolkit is the `ungil` command.
"""

from ungil._sync import (
    AtomicFlag,
    AtomicInteger,
    AtomicReference,
    BoundedQueue,
    CacheStatistics,
    ConcurrentCache,
    ConcurrentDict,
    Lazy,
    Once,
    QueueClosed,
    RunningStatistics,
    ShardedCounter,
    defer_refcount,
)

__version__ = "0.1.0"

__all__ = [
    "AtomicFlag",
    "AtomicInteger",
    "AtomicReference",
    "BoundedQueue",
    "CacheStatistics",
    "ConcurrentCache",
    "ConcurrentDict",
    "Lazy",
    "Once",
    "QueueClosed",
    "RunningStatistics",
    "ShardedCounter",
    "__version__",
    "defer_refcount",
]
