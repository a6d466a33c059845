"""Which Python code runs in which thread, and who can meet whom."""

from tests.facts.python.reading import function, read

from ungil.facts.python.model import Role

SHARED = """
class Worker:
    def __init__(self):
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run)
        self._setup()
    def _setup(self):
        self.a = 1
    def _run(self):
        self._step()
    def _step(self):
        self.done = 1
    def stop(self):
        with self._lock:
            self._stop()
    def _stop(self):
        self.a = 2
    def stop_locked(self):
        self.a = 3
    def _after_fork(self):
        self.a = 4
    def renew(self):
        self._lock = threading.Lock()
"""


def test_who_can_meet_nobody() -> None:
    """What only __init__ calls, what is only called with the lock, what says that it is, what runs after a fork."""
    facts = read(SHARED)
    quiet = {one.name for one in facts.functions if facts.is_quiet(one)}
    assert quiet == {"__init__", "_setup", "_stop", "stop_locked", "_after_fork", "renew", "<module>"}
    assert function(facts, "_after_fork").role is Role.INITIALISER


def test_a_method_that_is_called_above_is_not_called_by_itself() -> None:
    """An f() with ``super().f()`` in it may be called by anybody, and so may what it calls."""
    facts = read("""
    class Base:
        def make(self):
            pass
    class Spam(Base):
        def make(self):
            self._make()
            super().make()
        def _make(self):
            self.x = 1
    """)
    assert not facts.is_quiet(function(facts, "_make"))


def test_what_runs_in_a_thread_of_its_own() -> None:
    """The target and what it calls; nobody else runs them."""
    facts = read(SHARED)
    assert {one.name for one in facts.functions if id(one) in facts.in_threads} == {"_run", "_step"}
    assert {one.name for one in facts.functions if id(one) in facts.one_thread} == {"_run", "_step"}


def test_several_threads_run_what_a_pool_is_given() -> None:
    """submit() may be called again before the first call is over."""
    facts = read("def work(): pass\ndef start(pool):\n    pool.submit(work)\n")
    assert facts.in_threads[id(function(facts, "work"))] is True


def test_who_awaits_a_thread_goes_on_when_it_is_done() -> None:
    """One that nobody waits for may run beside the next."""
    facts = read("""
    import asyncio

    async def first():
        await asyncio.to_thread(work)

    def second(loop):
        loop.run_in_executor(None, work)
    """)
    assert [one.is_many for name in ("first", "second") for one in function(facts, name).spawns] == [False, True]
