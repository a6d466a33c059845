"""What must hold for Once and Lazy under threads: they pass this, RacyOnce and RacyLazy fail."""

import contextlib
import itertools
from collections.abc import Callable
from threading import Barrier
from typing import Protocol

from tests.concurrency import Worker, run_threads

THREADS = 4
OBJECTS = 300


class _Once(Protocol):
    """The method of Once that its racy twin has too."""

    def run(self, function: Callable[[], object], /) -> bool: ...


class _Lazy(Protocol):
    """The method of Lazy that its racy twin has too, for values of any type."""

    def get(self) -> object: ...


type MakeOnce = Callable[[], _Once]
type MakeLazy = Callable[[Callable[[], object]], _Lazy]


class Job:
    """Something to do once, in several steps that another thread can come between."""

    def __init__(self) -> None:
        """Make a job that nobody has begun."""
        self.begun: list[None] = []
        self.finished = False

    def __call__(self) -> "Job":
        """Do it, and return it."""
        self.begun.append(None)
        sum(range(100))
        self.finished = True
        return self


class Failure(Exception):  # noqa: N818 - it is meant to happen
    """What the first attempts at a job raise; each is told from every other."""


class FailingJob(Job):
    """A job that fails a number of times first."""

    def __init__(self, failures: int) -> None:
        """Make a job whose first attempts fail."""
        super().__init__()
        self.failures = [Failure() for _ in range(failures)]
        self._left = list(self.failures)

    def __call__(self) -> Job:
        """Fail, or do it."""
        try:
            failure = self._left.pop()
        except IndexError:
            return super().__call__()
        raise failure


def runs_once_and_everyone_waits_for_it(make: MakeOnce) -> None:
    """Each function ran once, one call says that it did, and none returned before the function had finished."""
    jobs = [Job() for _ in range(OBJECTS)]
    pairs = [(make(), job) for job in jobs]

    def work(_worker: Worker) -> int:
        count = 0
        for once, job in pairs:
            count += once.run(job)
            assert job.finished
        return count

    assert sum(run_threads(*[work] * THREADS)) == OBJECTS
    assert {len(job.begun) for job in jobs} == {1}


def all_get_what_one_call_returned(make: MakeLazy) -> None:
    """Each function ran once, and every get() returned what it had returned, finished."""
    jobs = [Job() for _ in range(OBJECTS)]
    pairs = [(make(job), job) for job in jobs]

    def work(_worker: Worker) -> None:
        for lazy, job in pairs:
            assert lazy.get() is job
            assert job.finished

    run_threads(*[work] * THREADS)
    assert {len(job.begun) for job in jobs} == {1}


def failures_are_retried_until_one_run_succeeds(make: MakeOnce) -> None:
    """Each exception reaches one caller, later callers run again, and after a success nobody does."""
    jobs = [FailingJob(worker % (2 * THREADS)) for worker in range(OBJECTS)]
    pairs = [(make(), job) for job in jobs]

    def insist(once: _Once, job: FailingJob) -> list[Failure]:
        caught = []
        while True:
            try:
                once.run(job)
            except Failure as failure:
                caught.append(failure)
            else:
                assert job.finished
                return caught

    def work(_worker: Worker) -> list[Failure]:
        return list(itertools.chain(*[insist(once, job) for once, job in pairs]))

    caught = list(itertools.chain(*run_threads(*[work] * THREADS)))
    raised = list(itertools.chain(*[job.failures for job in jobs]))
    assert sorted(map(id, caught)) == sorted(map(id, raised))
    assert {len(job.begun) for job in jobs} == {1}


def circles_end_with_an_error(make: MakeOnce, threads: int) -> None:
    """Where each thread runs a function that asks for the next thread's, one at least is told; none waits for ever."""
    for _ in range(20):
        ring = [make() for _ in range(threads)]
        _close(ring)


def _close(ring: list[_Once]) -> None:
    all_running = Barrier(len(ring))

    def ask(worker: Worker) -> int:
        """How many errors the thread met."""
        errors = []
        beyond = ring[(worker.index + 1) % len(ring)]

        def function() -> None:
            all_running.wait(30)
            try:
                beyond.run(int)
            except RuntimeError as error:
                errors.append(error)

        ring[worker.index].run(function)
        return len(errors)

    assert sum(run_threads(*[ask] * len(ring))) == 1


class _Net:
    """Jobs that each need some of the others, in whatever order, and fail now and then."""

    def __init__(self, make: MakeOnce, jobs: int) -> None:
        self.gates = [make() for _ in range(jobs)]
        self.successes: list[list[None]] = [[] for _ in range(jobs)]

    def need(self, index: int, worker: Worker, depth: int = 0) -> None:
        """Run the job with that index, unless it has been run; RuntimeError where that cannot end."""
        self.gates[index].run(lambda: self._do(index, worker, depth))
        assert len(self.successes[index]) == 1

    def _do(self, index: int, worker: Worker, depth: int) -> None:
        for needed in worker.random.sample(range(len(self.gates)), 2 if depth < len(self.gates) else 0):
            self.need(needed, worker, depth + 1)
        if worker.random.random() < 1 / 2:
            raise Failure
        self.successes[index].append(None)


def nets_of_needs_come_to_an_end(make: MakeOnce) -> None:
    """Threads whose functions need each other's in any order all end, and no job succeeds twice."""
    for _ in range(30):
        net = _Net(make, 5)

        def work(worker: Worker, net: _Net = net) -> None:
            for index in worker.random.sample(range(5), 5):
                with contextlib.suppress(Failure, RuntimeError):
                    net.need(index, worker)

        run_threads(*[work] * THREADS)


ALL_ONCE = (runs_once_and_everyone_waits_for_it, failures_are_retried_until_one_run_succeeds)
