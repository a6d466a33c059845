"""What every report of wheels that people read says in the same words."""

from __future__ import annotations

from ungil.report.counting import count, levels
from ungil.wheel.model import Reading, Verdict, Wheel
from ungil.wheel.result import Checked

__all__ = ["how", "not_reported", "run_by", "summary", "tally"]


def how(reading: Reading) -> str:
    """``imported under 3.14t: the GIL stayed off``."""
    return f"{reading.method}{f' under {reading.host}' if reading.host else ''}: {reading.how}"


def tally(checked: Checked) -> str:
    """``3 modules in 2 wheels: 2 declared, 1 unknown``."""
    verdicts = checked.verdicts
    modules = f"{count(verdicts.total(), 'module')} in {count(len(checked.wheels), 'wheel')}"
    named = ", ".join(f"{verdicts[verdict]:,} {verdict}" for verdict in Verdict if verdicts[verdict])
    return f"{modules}: {named}" if named else modules


def summary(checked: Checked) -> str:
    """How many findings there are, and of which levels."""
    found = checked.findings
    return f"{count(len(found), 'finding')} ({levels(found)})" if found else "No findings"


def not_reported(checked: Checked) -> str:
    """What was found and is not reported; nothing if all is."""
    return f"{checked.hidden:,} below level {checked.level} (--level note shows them)" if checked.hidden else ""


def run_by(wheel: Wheel) -> str:
    """Which interpreters ran its modules, or why none did."""
    if wheel.hosts:
        return f"run by {' and '.join(wheel.hosts)}"
    return f"not run: {wheel.not_run}" if wheel.not_run else ""
