"""The GIL is proved off for the whole run; and the tests can be pointed at another build of the module."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from types import ModuleType

import pytest

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
SANITIZED = "--with-thread-sanitizer" in str(sysconfig.get_config_var("CONFIG_ARGS"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that test_racy_twin.py uses."""
    parser.addoption("--core", help="the file to load as the extension module")


def load_core(path: str) -> ModuleType:
    """Load the file as the extension module, before anything imports the package."""
    name = "{{ cookiecutter.__package }}._core"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def pytest_configure(config: pytest.Config) -> None:
    """Load what --core names."""
    if path := config.getoption("--core"):
        load_core(path)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if anything turned the GIL on: the threads took turns, and their tests say nothing."""
    if FREE_THREADED and sys._is_gil_enabled():  # noqa: SLF001 - the documented way to ask
        print("\nThe GIL was on: an extension that was imported has not declared Py_MOD_GIL_NOT_USED.", file=sys.stderr)  # noqa: T201
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
