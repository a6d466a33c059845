"""A pytest plugin that hammers what tests are marked with: ``-p ungil.stress.linearizable``.

    @pytest.mark.linearizable(make=Counter, ops=["increment", ("add", 3)], state=Counter.get)
    def test_counter():
        ...

The test runs as it always does, whatever else runs tests in threads or processes. Then the calls are made in threads
that are stopped at one instruction after the other, in processes of their own: a crash is a failure and no end of the
session. The test fails with the shortest scenario whose outcome no order of the calls has.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest

from ungil.audit import Policy
from ungil.errors import ModelError, UngilError
from ungil.finding import Finding, Severity
from ungil.stress.gil import free_threaded_build
from ungil.stress.hammer.findings.conclusion import Conclusion, Proof, conclude
from ungil.stress.hammer.findings.sighting import Sighting
from ungil.stress.hammer.hunt import hunt
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.series import Settings
from ungil.stress.marked import MARK, Marked, marked

PROOF: Final = 6.0
"""Seconds that each finding is tried in plain threads."""

MARKED: Final = pytest.StashKey[Marked]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("ungil", "ungil: tests in parallel threads")
    group.addoption(
        "--linearizable-budget", type=float, metavar="SECONDS", help="for each marked test, whatever it says"
    )
    group.addoption("--linearizable-seed", type=int, metavar="N", help="repeat the choices of an earlier run")
    group.addoption(
        "--linearizable-scripts", type=Path, metavar="FOLDER", help="where scripts are left that show what was found"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Say what the mark is."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(make, ops, state=None, relaxed={{}}, contract='any', budget=5.0, threads=2): hammer these calls, "
        "and fail if threads come to what no order of the calls comes to",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose mark means nothing."""
    try:
        found, wrong = marked(item), ""
    except ModelError as error:
        found, wrong = None, str(error)
    if wrong:
        pytest.fail(wrong, pytrace=False)
    if found:
        item.stash[MARKED] = found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run the test, then hammer."""
    result = yield
    found = item.stash.get(MARKED, None)
    if found is not None:
        if not free_threaded_build():
            pytest.skip("this is a GIL-enabled build: threads take turns in an extension, and none can be raced")
        _hammer(item, found)
    return result


def _hammer(item: pytest.Item, found: Marked) -> None:
    config = item.config
    seed = config.getoption("linearizable_seed")
    budget = config.getoption("linearizable_budget")
    settings = Settings(
        budget=found.budget if budget is None else budget,
        threads=found.threads,
        seed=random.SystemRandom().randrange(2**32) if seed is None else seed,
    )
    try:
        wrong = _failure(item, _conclusion(item, settings))
    except UngilError as error:
        wrong = str(error)
    if wrong:
        pytest.fail(wrong, pytrace=False)


def _conclusion(item: pytest.Item, settings: Settings) -> Conclusion:
    maker = ("ungil.stress.marked:models_of_test", [_arguments(item)])
    result = hunt(Target(module=item.nodeid, makers=[maker], is_test=True), settings)
    if result.interrupted:
        raise KeyboardInterrupt
    proof = Proof(seconds=PROOF, folder=_folder(item.config))
    concluded = conclude(result, root=item.config.rootpath, policy=Policy(level=Severity.WARNING), proof=proof)
    if result.interrupted:  # while findings were tried, which ends only that
        raise KeyboardInterrupt
    return concluded


def _folder(config: pytest.Config) -> Path | None:
    """Where scripts are left: in pytest's cache unless somebody says where."""
    chosen: Path | None = config.getoption("linearizable_scripts")
    cache = getattr(config, "cache", None)
    return chosen or (cache.mkdir("linearizable") if cache else None)


def _failure(item: pytest.Item, conclusion: Conclusion) -> str:
    """Why the test fails: there is a finding, or nothing was hammered; empty if it does not."""
    result = conclusion.result
    if conclusion.reported:
        return _told(item, conclusion)
    if result.gil:
        return f"The GIL came on {result.gil}: threads take turns, and nothing was hammered."
    if not result.executions and not result.observations:
        reasons = "".join(f"\n  {left.what or left.model}: {left.reason}" for left in result.left_out)
        return f"Nothing was hammered.{reasons}"
    return ""


def _told(item: pytest.Item, conclusion: Conclusion) -> str:
    _, finding = conclusion.reported[0]
    where = finding.location
    rows = [f"{finding.message}.", f"  {finding.slug} ({finding.code}) at {where.path}:{where.line}"]
    rows += [f"  {fact}" for fact in finding.evidence]
    rows.append(f"  fix: {finding.fix}")
    rows += [f"Also: {_short(one, other)}" for one, other in conclusion.reported[1:]]
    seed = conclusion.result.seed
    rows.append(f"The same choices again: pytest '{item.nodeid}' --linearizable-seed={seed}")
    return "\n".join(rows)


def _short(sighting: Sighting, finding: Finding) -> str:
    return f"{finding.message} ({finding.slug}, {finding.code}): {sighting.simplest.attempt.scenario}"


def _arguments(item: pytest.Item) -> list[str]:
    """What pytest is to be given to collect this test, and nothing else, in another process."""
    config = item.config
    given = ["--rootdir", str(config.rootpath), "-p", "no:cacheprovider", "-p", "no:faulthandler", "-o", "addopts="]
    if config.inipath is not None:
        given += ["-c", str(config.inipath)]
    for plugin in config.getoption("plugins", []) or []:
        given += ["-p", plugin]
    for setting in config.getoption("override_ini", None) or []:
        given += ["-o", setting]
    mode: Any = config.getoption("importmode", None)
    given += [f"--import-mode={mode}"] if mode else []
    file, separator, rest = item.nodeid.partition("::")
    return [*given, f"{config.rootpath / file}{separator}{rest}"]
