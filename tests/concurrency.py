"""Run functions in threads: the one way in which this project's tests do it."""

import contextlib
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Worker:
    """What a function that runs in a thread gets: which thread it is, and choices that a seed repeats."""

    index: int
    random: random.Random


def run_threads[T](*functions: Callable[[Worker], T], seed: int | None = None, deadline: float = 60.0) -> list[T]:
    """Run each function in a fresh thread, all let go by one barrier, and return what they returned, in order.

    Args:
        functions: one for each thread; each gets its Worker.
        seed: repeats the choices of every Worker.random; a failure names the one it had.
        deadline: seconds after which threads that still run count as stuck.

    Raises:
        BaseExceptionGroup: every exception of every thread, and a TimeoutError with the stack of each stuck thread.
            It is an ExceptionGroup where all of them are Exceptions.
    """
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    run = _Run(functions, seed, deadline)
    with _switch_interval.lowered():
        run.start()
        run.join()
    if run.errors:
        message = f"{len(run.errors)} of {len(functions)} threads failed; seed={seed} repeats their choices"
        raise BaseExceptionGroup(message, run.errors)
    return [run.results[index] for index in range(len(functions))]


def until_caught(stress: Callable[[], object], deadline: float = 60.0) -> None:
    """Repeat a stress function on something known to be wrong until one of its assertions fails.

    Raises:
        AssertionError: none failed within `deadline` seconds, so the stress function could not have found the fault.
        ExceptionGroup: it failed in another way than by an assertion.
    """
    end = time.monotonic() + deadline
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
        try:
            stress()
        except AssertionError:
            return
        except ExceptionGroup as group:
            if group.split(AssertionError)[1] is not None:
                raise
            return
    raise AssertionError(f"not caught in {rounds} rounds: this stress test would pass on a broken implementation")


class _Run[T]:
    def __init__(self, functions: tuple[Callable[[Worker], T], ...], seed: int, deadline: float) -> None:
        self.results: dict[int, T] = {}
        self.errors: list[BaseException] = []
        self._end = time.monotonic() + deadline
        self._barrier = threading.Barrier(len(functions))
        workers = [Worker(index, random.Random(f"{seed}/{index}")) for index in range(len(functions))]  # noqa: S311 - no secret
        # Daemons: a stuck thread must not keep the process from ending with its report.
        self._threads = [
            threading.Thread(target=self._work, args=pair, daemon=True) for pair in zip(functions, workers, strict=True)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(self._left())
        frames = sys._current_frames()  # noqa: SLF001 - documented, and the only way to see where a thread stands
        for thread in self._threads:
            if thread.is_alive():
                stack = "".join(traceback.format_stack(frames.get(thread.ident or 0)))
                self.errors.append(TimeoutError(f"{thread.name} still runs at the deadline:\n{stack}"))

    def _work(self, function: Callable[[Worker], T], worker: Worker) -> None:
        try:
            self._barrier.wait(self._left())
            self.results[worker.index] = function(worker)
        except BaseException as error:  # noqa: BLE001 - a thread that died unseen is a test that passed by mistake
            self.errors.append(error)

    def _left(self) -> float:
        return max(0.0, self._end - time.monotonic())


class _SwitchInterval:
    """Lowers the process's switch interval while any test asks for it: tests run beside each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before = 0.0

    @contextlib.contextmanager
    def lowered(self) -> Iterator[None]:
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            if self._users == 0:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(1e-5)
            self._users += 1

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                sys.setswitchinterval(self._before)


_switch_interval = _SwitchInterval()
