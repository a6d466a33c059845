"""What is the same in every generated script: plain Python for plain threads, with the standard library alone."""

from __future__ import annotations

from typing import Final

__all__ = [
    "COMPARE",
    "DATA",
    "ENVIRONMENT",
    "KEEP",
    "KEPT",
    "MANY",
    "PATIENCE",
    "SOME_ORDER",
    "THREADS",
    "USE",
    "VISIBLE_STATE",
]

ENVIRONMENT: Final = """\
# {why}.
ENVIRONMENT = {variables}
if not ENVIRONMENT.items() <= os.environ.items():
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ENVIRONMENT)
"""

DATA: Final = """\
# What is too long to be read here lies in a file beside this one, one pickle for each value.
with open(__file__ + ".data", "rb") as file:
    DATA = pickle.load(file)
"""

VISIBLE_STATE: Final = '''\
def state(subject):
    """What can be seen of it: its items, what a pickle would hold, its repr."""
    items = reduced = None
    if hasattr(subject, "__len__") and hasattr(subject, "__iter__") and not hasattr(subject, "__next__"):
        items = list(subject.items() if hasattr(subject, "items") else subject)
    try:
        reduced = subject.__reduce_ex__(2)[1:3]
    except Exception:
        pass
    return items, reduced, repr(subject)
'''

THREADS: Final = '''\
# ---- From here on, nothing is about this object.

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
THREADS = range(len(CALLS))
PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
OBJECTS = 100  # made in advance for each round


def in_threads(times):
    """Each thread makes its calls on one object after the other; before each, all wait for each other, looking."""
    subjects, answers = [], [[[] for _ in THREADS] for _ in range(OBJECTS)]
    arrived = [[0] for _ in THREADS]
    processors = random.sample(PROCESSORS, len(PROCESSORS))

    def run(me):
        if len(processors) > 1:  # a thread each, or they might take turns on one
            os.sched_setaffinity(0, {processors[me % len(processors)]})
        if me == OWNER:
            subjects.extend(make() for _ in answers)
        for number, own in enumerate(answers, 1):
            calls = CALLS[me] * times
            keep = own[me].append
            arrived[me][0] = number
            for other in arrived:
                looks = 0
                while other[0] < number:
                    looks += 1
                    if looks > 300:
                        time.sleep(0)  # it may be waiting for a processor
            subject = subjects[number - 1]
            for _ in range(random.choice((0, 0, 3, 10, 30))):
                pass
            for call in calls:
                try:
                    keep(call(subject))
                except BaseException as error:
                    keep(error)

    faulthandler.dump_traceback_later(10 + 100 * OBJECTS * times * cost(), exit=True)  # a hang is exit code 1
    threads = [threading.Thread(target=run, args=(me,)) for me in THREADS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faulthandler.cancel_dump_traceback_later()
    return list(zip(subjects, answers))


WORKERS = [concurrent.futures.ThreadPoolExecutor(1) for _ in THREADS]  # one thread each, for calls in order


def in_order(order, times=1):
    """The same calls on one object, each in its own thread, one after the other: ``order`` says whose is next."""
    subject, answers = WORKERS[OWNER].submit(make).result(), [[] for _ in THREADS]
    left = [iter(calls * times) for calls in CALLS]
    for me in order:
        answers[me].append(WORKERS[me].submit(answer, next(left[me]), subject).result())
    return subject, answers


def answer(call, subject):
    try:
        return call(subject)
    except BaseException as error:
        return error


def say_if_the_gil_is_on():
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        print("The GIL is on: threads take turns. If nothing happens here, that says nothing.")
'''

PATIENCE: Final = " + 100 * OBJECTS * times * cost()"
"""Of a round, what it takes to make so many calls: where one call is made, once, there is no need to know."""

KEEP: Final = """\
                    keep(call(subject))
                except BaseException as error:
                    keep(error)
"""
KEPT: Final = """\
            keep = own[me].append
"""
USE: Final = """\
                    repr(call(subject))  # also reads what came back
                except BaseException:
                    pass
"""
"""Where answers are not compared, keeping them would only hold threads up."""

MANY: Final = '''\
@functools.cache
def cost():
    """Seconds that it takes to make an object and all calls once."""
    begin = time.perf_counter()
    subject = make()
    for call in (call for calls in CALLS for call in calls):
        answer(call, subject)
    return time.perf_counter() - begin


def many():
    """How often each call is made on one object where many are made: a round takes half a second at most."""
    return max(2, min(100, int(0.5 / OBJECTS / cost())))


def rounds():
    """Until the time is over: how often each call is made next."""
    say_if_the_gil_is_on()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        yield from (1, many())
'''

SOME_ORDER: Final = '''\
def some_order():
    """Of many calls: one or the other is next, or some of one, or all of them."""
    block = random.choice((1, 10, 1000))
    calls = [[me] * len(CALLS[me]) * many() for me in THREADS]
    pieces = [own[begin : begin + block] for own in calls for begin in range(0, len(own), block)]
    return [me for piece in random.sample(pieces, len(pieces)) for me in piece]
'''

COMPARE: Final = '''\
def outcome(subject, answers):
    """What can be compared: each answer, and the state that is left behind."""
    seen = {id(subject): 0}
    return [shown(one, seen) for own in answers for one in own] + ["then " + shown(answer(state, subject), seen)]


def outcome_without_order(subject, answers):
    """What is left of it if the order of the calls is left open: how often each answer was given, and the state."""
    *every, left_behind = outcome(subject, answers)
    counts = sorted(collections.Counter(every).items())
    return [", ".join(text if number == 1 else f"{number} times {text}" for text, number in counts), left_behind]


def shown(value, seen):
    """A value as text. Of an object that can change, or says nothing but its address, also which one it is."""
    if isinstance(value, BaseException):
        return "raised " + type(value).__name__
    if type(value) in (list, tuple):
        text = "[" + ", ".join(shown(item, seen) for item in value) + "]"
    elif type(value) is dict:
        text = "{" + ", ".join(f"{shown(key, seen)}: {shown(item, seen)}" for key, item in value.items()) + "}"
    elif type(value) in (set, frozenset):
        text = "{" + ", ".join(sorted(shown(item, seen) for item in value)) + "}"
    else:
        text = re.sub("0x[0-9a-fA-F]{4,}", "0x", repr(value))
    if type(value) in (list, dict, set) or "0x" in text:
        text += f"#{seen.setdefault(id(value), len(seen))}"
    return text


def line(parts):
    return " | ".join(text if len(text) < 300 else f"{text[:150]} ... {text[-150:]}" for text in parts)


class Expected:
    """What runs in order come to. A part that differs when the same order is run again is not compared."""

    def __init__(self, run, orders):
        self._run, self._seen = run, {order: [] for order in orders}
        self._try_all(10)

    def allows(self, outcome):
        if self._compared(outcome) not in self.allowed:
            self._try_all(50)  # before it is called wrong
        return self._compared(outcome) in self.allowed

    def _try_all(self, times):
        for order, runs in self._seen.items():
            runs += [self._run(order) for _ in range(times)]
        every = [(run, runs[0]) for runs in self._seen.values() for run in runs]
        self._varies = {part for run, first in every for part, text in enumerate(run) if text != first[part]}
        self.allowed = {self._compared(run): order for order, runs in self._seen.items() for run in runs}

    def _compared(self, outcome):
        return tuple("(varies)" if part in self._varies else text for part, text in enumerate(outcome))


def orders():
    """Every order of single calls."""
    letters = "".join(letter * len(calls) for letter, calls in zip("ABCDEFGH", CALLS))
    return sorted({"".join(order) for order in itertools.permutations(letters)})


def in_order_of(letters):
    return in_order(map("ABCDEFGH".index, letters))


def tell(number, how, came_out, expected):
    print(f"Object {number:,}, each call made {how}:")
    print("  came out:", line(came_out))
    for run, order in expected.allowed.items():
        print(f"  in the order {order}:" if order else "  in any order:", line(run))
'''
