"""How generated scripts end: what is done again and again, and what is said of it."""

from __future__ import annotations

from typing import Final

__all__ = ["ENDLESS", "FIRST_USE", "GROWTH", "ONE_AND_MANY"]

ONE_AND_MANY: Final = '''\
def outcome_without_order(subject, answers):
    """What is left of it if the order of the calls is left open: how often each answer was given, and the state."""
    *every, left_behind = outcome(subject, answers)
    counts = sorted(collections.Counter(every).items())
    return [", ".join(text if number == 1 else f"{number} times {text}" for text, number in counts), left_behind]


def main():
    one = Expected(lambda order: outcome(*in_order_of(order)), orders())
    several = Expected(lambda _: outcome_without_order(*in_order(some_order(), many())), [""])
    objects = 0
    for times in rounds():
        look, expected = (outcome, one) if times == 1 else (outcome_without_order, several)
        for subject, answers in in_threads(times):
            objects += 1
            came_out = look(subject, answers)
            if not expected.allows(came_out):
                tell(objects, "once" if times == 1 else f"{times} times", came_out, expected)
                return 1
    print(f"{objects:,} objects in {SECONDS:g} s: nothing but what comes out in order.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''

FIRST_USE: Final = '''\
def in_a_copy(run):
    """What it comes to in a copy of this process, which has imported what is tested and not used it yet."""
    reading, writing = os.pipe()
    copy = os.fork()
    if copy == 0:
        try:
            os.write(writing, json.dumps(outcome(*run())).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading) as file:
        text = file.read()
    code = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    if code < 0:
        os.kill(os.getpid(), -code)  # it ended so, too
    return json.loads(text) if code == 0 else [f"exit code {code}"]


def main():
    say_if_the_gil_is_on()
    expected = Expected(lambda order: in_a_copy(lambda: in_order_of(order)), orders())
    end, copies = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        copies += 1
        came_out = in_a_copy(lambda: in_threads(1)[0])
        if not expected.allows(came_out):
            tell(copies, "once, for the first time in its process", came_out, expected)
            return 1
    print(f"{copies:,} processes in {SECONDS:g} s: nothing but what comes out in order.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''

ENDLESS: Final = """\
def main():
    objects = 0
    for times in rounds():
        objects += len(in_threads(times))
    print(f"{objects:,} objects in {SECONDS:g} s: every call came to an end.")
    return 0


if __name__ == "__main__":
    faulthandler.enable()
    sys.exit(main())
"""

GROWTH: Final = '''\
TOGETHER = CALLS
APART = [[call for calls in CALLS for call in calls], *([] for _ in CALLS[1:])]  # all by one thread
PASSES = 20


class MallInfo(ctypes.Structure):
    _fields_ = [(f"field{number}", ctypes.c_size_t) for number in range(10)]


def used():
    """Blocks of Python's memory, and bytes of malloc() where glibc tells, that are in use."""
    gc.collect()
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return sys.getallocatedblocks(), 0
    ask.restype = MallInfo
    info = ask()
    return sys.getallocatedblocks(), info.field7 + info.field4


def growth(calls, times):
    """What some passes add, after others that fill caches."""
    global CALLS
    CALLS = calls
    for _ in range(3):
        in_threads(times)
    before = used()
    for _ in range(PASSES):
        in_threads(times)
    return [now - then for now, then in zip(used(), before)]


def main():
    in_a_row = [0, 0]
    for times in rounds():
        together, apart = growth(TOGETHER, times), growth(APART, times)
        for number, (unit, least) in enumerate((("blocks", 10), ("bytes", 1000))):
            grows = together[number] >= least and together[number] > 4 * apart[number]
            in_a_row[number] = in_a_row[number] + 1 if grows else 0
            if in_a_row[number] == 4:
                objects = PASSES * OBJECTS
                print(f"With {objects:,} objects, what threads do uses up {together[number]:,} {unit},", end=" ")
                print(f"and {apart[number]:,} if one thread does it all.")
                return 1
    print(f"{SECONDS:g} s: memory grew no more than in order.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''
