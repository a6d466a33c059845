"""A pytest plugin that writes down what the tests do to an extension: ``-p ungil.stress.harvest.plugin``.

``--harvest=MODULE`` names the extension or its package, ``--harvest-to=FOLDER`` where one file for each process goes.
The tests do the same as without, and see nothing of it, but for this:

- the modules of the tests have a global name more, one that no source can contain;
- an operation is a little slower, and an argument has for a moment a reference more;
- an object of the extension gets a weak reference, if its type allows one;
- the tests' modules are compiled each time.

What is not seen: doctests, code that is text to ``exec``, what the package's own Python code does to its extension, and
an extension that works behind the attributes of other classes. What is seen and cannot be done again, mostly because an
argument is of a class or a function that the tests define, is counted with the reason. Where a type allows no weak
reference, an object that was made unseen may be taken for one that is gone: it is rebuilt as that one was made.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ungil.stress.harvest.corpus import SUFFIX
from ungil.stress.harvest.hooks import Hooks
from ungil.stress.harvest.loading import Finder
from ungil.stress.harvest.recorder import Recorder, open_recorder

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("ungil", "ungil: what tests do to an extension")
    group.addoption("--harvest", metavar="MODULE", help="the extension or package of which calls are written down")
    group.addoption("--harvest-to", metavar="FOLDER", help="where a file with them is made, by each process")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Take over before any conftest.py is imported."""
    options = early_config.known_args_namespace
    if not options.harvest or not options.harvest_to:
        raise pytest.UsageError("ungil.stress.harvest.plugin needs --harvest=MODULE and --harvest-to=FOLDER.")
    session = Session(early_config, options.harvest, Path(options.harvest_to))
    early_config.pluginmanager.register(session, "ungil-harvest")


class Session:
    """The hooks of one session."""

    def __init__(self, config: pytest.Config, target: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.recorder: Recorder = open_recorder(target, folder / f"{os.getpid()}{SUFFIX}")
        self.hooks = Hooks(self.recorder)
        self._finder = Finder(config, self.recorder, self.hooks)
        sys.meta_path.insert(0, self._finder)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_a_fork)

    def _in_a_fork(self) -> None:
        self.hooks.off = True
        self.recorder.abandon()

    def pytest_runtest_logfinish(self) -> None:
        """Between two tests."""
        self.hooks.opened.clear()
        self.recorder.flush()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell how much there is, and of defects."""
        terminalreporter.section("ungil: harvest")
        terminalreporter.line(f"{self.recorder.recorded} operations on {self.recorder.target.name}")
        for failure in sorted(set(self.hooks.failures)):
            terminalreporter.line(f"A defect of the harvest, please report it: {failure}")

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Close the file."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        for failure in sorted(set(self.hooks.failures)):
            self.recorder.rewritten("a defect of the harvest, please report it", failure)
        self.recorder.close()
