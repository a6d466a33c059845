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
def growth(run):
    """Bytes of memory that a round adds, once it has been done several times."""
    for _ in range(4):
        run()
    before = resident()
    for _ in range(10):
        run()
    return (resident() - before) / 10


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main():
    for _ in rounds():
        together = growth(lambda: in_threads(many()))
        apart = growth(lambda: [in_order(some_order(), many()) for _ in range(OBJECTS)])
        per_call = (together - apart) / OBJECTS / many() / sum(map(len, CALLS))
        if per_call > 8:
            print(f"Each call in threads uses up {per_call:.0f} bytes more than in order.")
            return 1
    print(f"{SECONDS:g} s: memory grew no more than in order.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''
