"""A number that several threads change by ``+=`` without a lock loses some of the changes.

What it finds
    ``x += v``, ``x = x + v``, ``x = max(x, v)`` and ``x[k] += v`` where ``x`` is an attribute of an object that
    threads share, an attribute of a class, or a variable of a module that the function declares ``global``, and no
    lock is held. Threads share an attribute if some method of the object uses it with a lock held, or if some methods
    run in a thread of the object's own while others do not. Where the class holds a lock for something else, and where
    the module has one object of the class, it is a note. There is no finding if only one thread makes all the changes.
    In a project that neither starts threads nor makes locks it is a note, and so it is for an attribute of a class in a
    module that has no word of threads. A list that is added makes ``x`` longer in
    place, which loses nothing.

Why it is unsafe without the GIL
    The statement reads, computes and stores. Two threads that read the same number both store the same sum, and one of
    the changes is gone. The GIL never forbade that, but it switched threads every 5 ms; without it they run at once.

How to fix it
    Hold a lock around the statement, the same one everywhere. ``next()`` of an ``itertools.count()`` counts without
    one since Python 3.14.

References
    https://docs.python.org/3/library/threading.html#lock-objects
    https://py-free-threading.github.io/porting/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.python.model import Access, Kind, PyFunction, Touch
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_UPDATES = {Touch.UPDATE, Touch.REVISE}
_IN_PLACE = {Kind.LIST, Kind.DEQUE, Kind.SET}


def check(facts: Facts) -> Iterator[Finding]:
    """The first unguarded update of each subject that threads share."""
    python = facts.python
    found: dict[tuple[str, str, str], list[tuple[PyFunction, Access]]] = {}
    for function in python.functions:
        if function.is_async or python.is_quiet(function):
            continue
        for act in function.accesses:
            if act.touch in _UPDATES and not act.held and not act.subject.startswith("="):
                owner = function.owner if act.subject.startswith("self.") else ""
                found.setdefault((function.file.path, owner, act.subject), []).append((function, act))
    for (_, _, subject), several in found.items():
        function, act = several[0]
        if act.kind is Kind.LIST or (act.touch is Touch.UPDATE and python.kind(function, subject) in _IN_PLACE):
            continue
        why, is_likely = python.why(function, subject)
        if not why or python.is_one_writer(function, subject) or not python.meets_changer(function, subject):
            continue
        others = ", ".join(str(one.place.line) for _, one in several[1:4])
        yield rule.finding(
            function.file,
            act.place,
            f"'{subject}' is read, changed and stored without a lock in {function.title}(): of two threads that do "
            "so at once, one change is lost",
            severity=None if is_likely else Severity.NOTE,
            confidence=Confidence.MEDIUM,
            fix="hold one lock around every change of it",
            evidence=(why, *([f"the same in line {others}"] if others else [])),
        )


rule = Rule(
    code="UG650",
    slug="python-lost-update",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a counter of an object that holds a lock",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self.made = 0
        self.idle = []

    def make(self):
        self.made += 1  # <--
        return object()

    def report(self):
        with self._lock:
            return self.made, list(self.idle)
""",
            "example.py",
        ),
        Good(
            "the lock",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self.made = 0

    def make(self):
        with self._lock:
            self.made += 1
        return object()
""",
            "example.py",
        ),
        Bad(
            "a variable of the module, and a table of it",
            """\
from threading import Thread

count = 0
sizes = {}

def work(name):
    global count
    count += 1  # <--
    sizes[name] = sizes.get(name, 0)
    sizes[name] += 1  # <--

def start(names):
    for name in names:
        Thread(target=work, args=(name,)).start()
""",
            "example.py",
        ),
        Bad(
            "what several threads of a pool count",
            """\
from concurrent.futures import ThreadPoolExecutor

class Crawler:
    def __init__(self):
        self.fetched = 0

    def fetch(self, address):
        self.fetched += 1  # <--

    def run(self, addresses):
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.fetch, addresses))
""",
            "example.py",
        ),
        Good(
            "one thread counts, and others look",
            """\
import threading

class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.done = 0

    def run(self):
        for _ in range(10):
            self._step()

    def _step(self):
        self.done += 1

    def progress(self):
        return self.done
""",
            "example.py",
        ),
        Good(
            "a helper that is only called with the lock held, a local variable, an object of one thread",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self.made = 0

    def make(self):
        with self._lock:
            return self._make()

    def _make(self):
        self.made += 1

waiting = {}

def put(name, several):
    found = [one for one in several if one]
    waiting[name] += found

class Parser:
    def __init__(self):
        self.position = 0

    def advance(self):
        total = 0
        total += 1
        self.position += 1
        return total
""",
            "example.py",
        ),
        Good(
            "a method that says that the lock is held, and an event loop's",
            """\
import threading

class Pool:
    def __init__(self):
        self._lock = threading.Lock()
        self.made = 0

    def make_locked(self):
        self.made += 1

    def again(self):
        '''Must be called with the lock held.'''
        self.made += 1

    def once_more(self):
        # Callers hold the lock.
        self.made += 1

    async def later(self):
        self.made += 1
""",
            "example.py",
        ),
    ),
)
