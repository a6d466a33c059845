"""A pytest plugin that has a run under pytest-run-parallel prove what it seems to: ``-p ungil.stress.parallel``.

pytest-run-parallel decides which tests run in how many threads; its options, markers and fixtures stay as documented
there. This plugin runs them (``threads``), finds the outcome (``verdict``), watches the GIL (``gil``) and tells what
ran in parallel (``summary``), because version 0.10

- passes a test that raises a warning turned into an error, ``SystemExit`` or another ``BaseException`` in a thread,
- reports a skip or an xfail if one thread skips, or calls ``pytest.xfail``, while another fails,
- passes a coroutine function without awaiting it, and any test with zero iterations,
- passes a test whose return value is a comparison that was meant to be an assertion,
- passes a session in which the GIL came on and the warning was filtered, or ``PYTHON_GIL=0`` hid that it would,
- shows the first of several failures only, and hangs if a thread dies at an iteration which others wait for.

The session is refused, with pytest's exit code 4, where its result would mean little: on a GIL-enabled build (unless
``--allow-gil-build``), with the GIL forced on, or off (unless ``--allow-gil-forced-off``), with pytest-timeout's method
"signal", with zero iterations.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import pytest

from ungil.stress.deadline import force_thread_method, refuse_signal_marker
from ungil.stress.function import ParallelFunction, function_of, set_function
from ungil.stress.gil import GilWatch, free_threaded_build
from ungil.stress.plan import Decisions, Plan, decisions_of, hold_back_coroutines, plan
from ungil.stress.summary import Summary, tell_partly_skipped, tell_plan, tell_runs
from ungil.stress.verdict import failed_runs, partly_skipped

PLAN: Final = pytest.StashKey[Plan]()
WATCH: Final = pytest.StashKey[GilWatch]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("ungil", "ungil: tests in parallel threads")
    group.addoption(
        "--parallel-all",
        action="store_true",
        help="fail each test that does not run in parallel, unless @pytest.mark.thread_unsafe(reason=...) says why",
    )
    group.addoption(
        "--allow-gil-build",
        action="store_true",
        help="run on a GIL-enabled build of Python too, where threads take turns and a pass says little",
    )
    group.addoption(
        "--allow-gil-forced-off",
        action="store_true",
        help="run with PYTHON_GIL=0 too, which keeps the GIL off against the word of a module that asks for it",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Look at the GIL before any conftest.py is imported."""
    early_config.stash[WATCH] = GilWatch()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """See to it, before pytest-timeout reads its settings, that its deadline ends a deadlock."""
    force_thread_method(config)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse a session that would prove nothing, or register the hooks of this one.

    They are registered here, after every ``pytest_configure``: the last registered wrapper is the outermost, and these
    have to be outside those of pytest-run-parallel.
    """
    config = session.config
    watch = config.stash.setdefault(WATCH, GilWatch())
    allow_gil_build, allow_forced_off = config.getoption("allow_gil_build"), config.getoption("allow_gil_forced_off")
    if refusal := watch.refusal(allow_gil_build=allow_gil_build, allow_forced_off=allow_forced_off):
        raise pytest.UsageError(refusal)
    strict = config.getoption("parallel_all")
    if strict and (config.getoption("skip_thread_unsafe") or str(config.getoption("parallel_threads")) in {"0", "1"}):
        raise pytest.UsageError(
            "--parallel-all needs tests that run in parallel.\n"
            "  Add --parallel-threads=4, and leave out --skip-thread-unsafe."
        )
    config.pluginmanager.register(ParallelSession(watch, decisions_of(config), strict=strict))


def pytest_report_header() -> str:
    """Name the build: a session with the GIL on does not come this far."""
    return "ungil: " + ("free-threaded build, GIL off" if free_threaded_build() else "GIL-enabled build")


class ParallelSession:
    """The hooks of one session."""

    def __init__(self, watch: GilWatch, decisions: Decisions, *, strict: bool) -> None:
        """Watch with ``watch``; with ``strict``, fail tests that do not run in parallel."""
        self._watch = watch
        self._decisions = decisions
        self._strict = strict
        self._summary = Summary()
        self._last_alarm: str | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Fail the file during whose collection the GIL came on."""
        report = yield
        if alarm := self._watch.look(f"during the collection of {collector.nodeid or 'the tests'}"):
            report.outcome, report.longrepr, report.result = "failed", alarm, []
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_finish(self, session: pytest.Session) -> Generator[None]:
        """Let pytest-run-parallel decide and wrap the test functions; keep the decisions, put the functions back."""
        functions = {item: function_of(item) for item in session.items}
        for item in session.items:
            refuse_signal_marker(item)
            hold_back_coroutines(item)
        yield
        for item, function in functions.items():
            if function is not None and function_of(item) is not function:
                set_function(item, function)
            item.stash[PLAN] = plan(item, self._decisions)
            tell_plan(item, item.stash[PLAN])
        if not session.config.option.collectonly:
            self._summary.expect(item.nodeid for item in session.items)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """With --parallel-all: fail a test that does not run in parallel, and of which nobody has written why."""
        found = item.stash[PLAN]
        if self._strict and found.alone and not found.excused:
            pytest.fail(
                f"Not run in parallel: {found.alone}.\n"
                "  Make it fit for threads, or say why it is not, with @pytest.mark.thread_unsafe(reason=...).",
                pytrace=False,
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run the test as planned."""
        __tracebackhide__ = True
        found, function = item.stash[PLAN], function_of(item)
        if function is None or found.threads * found.iterations == 1:
            return (yield)
        parallel = ParallelFunction(function, threads=found.threads, iterations=found.iterations)
        set_function(item, parallel)
        try:
            return (yield)
        finally:
            set_function(item, function)
            failed, expected = failed_runs(parallel.runs), found.threads * found.iterations
            missing = expected - len(parallel.runs)
            first = failed[0].iteration if failed else 0
            tell_runs(item, len(failed) + missing, expected, first, found.threads)
            if how := partly_skipped(parallel.runs):
                tell_partly_skipped(item, how)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail the test during which the GIL came on, and stop: those after it would take turns."""
        report = yield
        if alarm := self._watch.look(f"during {item.nodeid} ({call.when})"):
            report.longrepr = f"{report.longreprtext}\n\n{alarm}" if report.failed else alarm
            report.outcome = "failed"
            vars(report).pop("wasxfail", None)
            item.session.shouldfail = "the GIL is on: the other tests would not run in parallel"
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> Generator[None, tuple[str, str, str], tuple[str, str, str]]:
        """Count a failure in threads as a failure: pytest-run-parallel counts an error."""
        category, letter, word = yield
        return ("failed", "F", word) if report.when == "call" and category == "error" else (category, letter, word)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect for the summary."""
        self._summary.add(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Look at the GIL once more, after what other plugins do at the end."""
        self._last_alarm = self._watch.look("after the last test")
        if self._last_alarm and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what ran in parallel."""
        terminalreporter.section(f"ungil: {self._gil(terminalreporter.config)}")
        for line in [*(self._last_alarm or "").splitlines(), *self._summary.lines()]:
            terminalreporter.line(line)

    def _gil(self, config: pytest.Config) -> str:
        if not free_threaded_build():
            return "GIL-enabled build"
        if config.getoption("numprocesses", None):
            return "free-threaded build"  # each worker of pytest-xdist watches its own GIL
        return "the GIL came on" if self._watch.came_on else "free-threaded build, GIL off"
