"""A pytest plugin that keeps a journal of a session, for whoever watches it: ``-p ungil.stress.suite.plugin``.

It has no thread of its own, which a test that forks would be warned of: handlers of signals write stacks, and signals
come from outside. Each run of a ``unittest.TestCase`` has an instance of its own, with ``setUp`` and ``tearDown``:
if all threads had one, they would share what ``setUp`` has made, which no test of unittest was written for.
"""

from __future__ import annotations

import functools
import json
import sys
import sysconfig
import traceback
import unittest
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast

import pytest

from ungil.stress.function import function_of, set_function
from ungil.stress.gil import extension_modules, free_threaded_build, gil_enabled
from ungil.stress.parallel import PLAN
from ungil.stress.suite.journal import FAILED, PASSED, SKIPPED, Writer
from ungil.stress.suite.stacks import leave_last_words

__all__: list[str] = []

_LAST_WORDS: Final = pytest.StashKey[IO[Any]]()

_STANDARD: Final = sysconfig.get_path("stdlib")
_RUNNERS: Final = ("/_pytest/", "/pluggy/", "/ungil/stress/", "/pytest_run_parallel/", "/hypothesis/")

LINES: Final = 60
"""Of what pytest shows of a failure, the last ones, are kept."""

WIDEST: Final = 2000
"""Of each of them, so many characters."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("ungil", "ungil: a session that is watched from outside")
    group.addoption("--ungil-journal", metavar="FILE", help="where it is written what becomes of each test")
    group.addoption("--ungil-stacks", metavar="FILE", help="where threads write where they stand")
    group.addoption("--ungil-only", metavar="FILE", help="a JSON list of the tests to run")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin: after pytest has set its own handler for crashes, which this one replaces."""
    config = session.config
    if not config.getoption("ungil_journal"):
        return
    stacks = Path(config.getoption("ungil_stacks"))
    config.stash[_LAST_WORDS] = leave_last_words(stacks)
    only = config.getoption("ungil_only")
    chosen = json.loads(Path(only).read_text(encoding="utf-8")) if only else None
    config.pluginmanager.register(_Watched(Writer(Path(config.getoption("ungil_journal"))), chosen, stacks))


class _Watched:
    """The hooks of one session."""

    def __init__(self, writer: Writer, chosen: list[str] | None, stacks: Path) -> None:
        self._writer = writer
        self._stacks = stacks
        self._mapped = 0
        self._chosen = None if chosen is None else frozenset(chosen)
        self._reports: list[pytest.TestReport] = []
        self._modules = extension_modules()
        self._came_on = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """A script that exits when it is imported costs no other file: pytest itself would end."""
        try:
            return (yield)
        except SystemExit as error:
            said = f"SystemExit: {error.code}, when it is imported"
            return pytest.CollectReport(collector.nodeid, "failed", said, [])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._writer.write("uncollected", name=report.nodeid, said=_last(report.longreprtext))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is not to be run, and name the rest."""
        if self._chosen is not None:
            config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self._chosen])
            items[:] = [item for item in items if item.nodeid in self._chosen]
        for item in items:
            path, line, _ = item.location
            self._writer.write("test", name=item.nodeid, path=path, line=(line or 0) + 1)
        self._writer.write("collected")
        self._keep_map()
        self._look_at_gil("when the tests were collected")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._reports = []
        self._writer.write("begun", name=nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """After it: have each run of a test of unittest make an instance of its own."""
        yield
        instance = getattr(item, "instance", None)
        function = function_of(item)
        if isinstance(instance, unittest.TestCase) and function is not None and _parallel(item):
            set_function(item, _fresh(type(instance), item.name, function))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed and call.excinfo is not None:
            report.user_properties.append(("ungil.within", _within(call.excinfo.value)))
            report.user_properties.append(("ungil.shares", json.dumps(_shared(item))))
            if leaves := _leaves(call.excinfo.value):
                report.user_properties.append(("ungil.said", "\n".join(leaves)))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not isinstance(report, pytest.SubtestReport) or report.failed:
            self._reports.append(report)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._writer.write("ended", name=nodeid, **_outcome(self._reports))
        self._writer.write("finished")
        if len(sys.modules) != self._mapped:
            self._keep_map()
        self._look_at_gil(f"during {nodeid}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._writer.write("over")

    def _keep_map(self) -> None:
        """What lies where: addresses mean nothing without it, and a process that has crashed has none."""
        self._mapped = len(sys.modules)
        with suppress(OSError):
            self._stacks.with_suffix(".maps").write_bytes(Path("/proc/self/maps").read_bytes())

    def _look_at_gil(self, when: str) -> None:
        if self._came_on or not free_threaded_build():
            return
        before, self._modules = self._modules, extension_modules()
        if gil_enabled():
            self._came_on = True
            new = ", ".join(sorted(self._modules - before)) or "no extension module that is still there"
            self._writer.write("gil", when=f"{when}, which imported {new}")


def _parallel(item: pytest.Item) -> bool:
    """Is it to run more than once? ``ungil.stress.parallel`` has decided, if it takes part."""
    plan = item.stash.get(PLAN, None)
    return plan is not None and plan.threads * plan.iterations > 1


def _fresh(case: type[unittest.TestCase], name: str, function: Callable[..., object]) -> Callable[[], None]:
    """Called once, it does what unittest does with a test, on a new instance: what that raises comes out."""

    @functools.wraps(function)
    def run() -> None:
        case(name).debug()

    return run


def _outcome(reports: list[pytest.TestReport]) -> dict[str, object]:
    told: dict[str, str] = {key: str(value) for report in reports for key, value in report.user_properties}
    failed = [report for report in reports if report.failed]
    skipped = [report for report in reports if report.skipped and not hasattr(report, "wasxfail")]
    outcome = FAILED if failed else SKIPPED if skipped else PASSED
    said = told.get("ungil.said") or _last(failed[0].longreprtext) if failed else _reason(skipped[0]) if skipped else ""
    runs = [int(number) for number in told.get("ungil.runs", f"{int(bool(failed))} 1 0 1").split()]
    return {
        "outcome": outcome,
        "said": "\n".join(line[:WIDEST] for line in said.splitlines()),
        "seconds": sum(report.duration for report in reports),
        **dict(zip(("failed", "runs", "first", "threads"), runs, strict=True)),
        "alone": told.get("ungil.alone", ""),
        "shares": json.loads(told.get("ungil.shares", "[]")),
        "within": told.get("ungil.within", ""),
    }


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return text.removeprefix("Skipped: ")


def _last(text: str) -> str:
    return "\n".join(text.splitlines()[-LINES:])


def _within(error: BaseException) -> str:
    """The innermost line of Python code that is neither the standard library's nor pytest's."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    places = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(code, line) for code, line in places if not _is_library(code.co_filename)]
    return f"{own[-1][0].co_filename}:{own[-1][1]} in {own[-1][0].co_qualname}" if own else ""


def _leaves(error: BaseException) -> list[str]:
    """Of several failures that differ, each, as pytest marks what a failure says; nothing of a single one."""
    if not isinstance(error, BaseExceptionGroup):
        return []
    found = [f"E   {line}" for one in error.exceptions for line in _leaves(one) or traceback.format_exception_only(one)]
    return [line for text in found for line in text.replace("E   E   ", "E   ").splitlines()]


def _is_library(path: str) -> bool:
    inside = "site-packages" in path
    return (path.startswith((_STANDARD, "<")) and not inside) or any(part in path for part in _RUNNERS)


def _shared(item: pytest.Item) -> list[str]:
    """Fixtures of the project that the test asks for: pytest's own are made for each thread, or know of threads.

    One whose value is None only does something before the test, and after it.
    """
    info, values = getattr(item, "_fixtureinfo", None), getattr(item, "funcargs", {})
    found = []
    for name, definitions in getattr(info, "name2fixturedefs", {}).items():
        module = cast("str", getattr(definitions[-1].func, "__module__", "") or "")
        if not module.startswith(("_pytest", "pytest")) and not name.startswith("_") and values.get(name) is not None:
            found.append(name)
    return found
