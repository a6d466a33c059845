"""What importing extension modules does is told by a fresh process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ungil.commands import Done, Report, Watch, run, silent
from ungil.stress.suite.proof import prove


class _At:
    """This interpreter, which finds what is installed in a folder."""

    def __init__(self, site: Path) -> None:
        self._site = site

    def run(
        self,
        *arguments: str | Path,
        deadline: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        report: Report = silent,
        watch: Watch | None = None,
    ) -> Done:
        """As ``Runner`` says."""
        more = {"PYTHONPATH": str(self._site), **(environment or {})}
        command = [sys.executable, *arguments]
        return run(
            command, cwd=cwd or self._site / "spam", deadline=deadline, environment=more, report=report, watch=watch
        )


def test_a_module_that_prints(tmp_path: Path) -> None:
    """Half a line, which it has printed when it was imported, hides nothing of what is told behind it."""
    for name, text in {
        "spam/__init__.py": "print('loading', end='')",
        "spam/eggs.so": "no library",
        "spam-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n",
        "spam-1.0.dist-info/RECORD": "spam/__init__.py,,\nspam/eggs.so,,\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = prove(_At(tmp_path), "spam")
    assert found.site == tmp_path
    ((module, why),) = found.gil.failed
    assert module == "spam.eggs"
    assert why.startswith("ImportError")
