"""pytest-timeout's deadlines, as far as they decide whether a deadlock ends the session."""

from __future__ import annotations

import pytest

__all__ = ["force_thread_method", "refuse_signal_marker"]


def force_thread_method(config: pytest.Config) -> None:
    """Set the method "thread", where pytest-timeout is active and none is set.

    Raises:
        pytest.UsageError: the method is set to "signal".
    """
    if not hasattr(config.option, "timeout_method"):
        return
    refuse_signal(config.getoption("timeout_method") or config.getini("timeout_method"), "The configuration")
    config.option.timeout_method = "thread"


def refuse_signal_marker(item: pytest.Item) -> None:
    """Look at ``@pytest.mark.timeout(60, "signal")``.

    Raises:
        pytest.UsageError: the method is "signal".
    """
    if marker := item.get_closest_marker("timeout"):
        refuse_signal(marker.kwargs.get("method", marker.args[1] if len(marker.args) > 1 else None), item.nodeid)


def refuse_signal(method: object, where: str) -> None:
    """Raise if the method interrupts the main thread, which leaves the threads in their deadlock."""
    if method == "signal":
        raise pytest.UsageError(
            f'{where} sets pytest-timeout\'s method "signal": it interrupts the main thread, not those in a deadlock.\n'
            '  Leave the method out, or set it to "thread".'
        )
