"""Go the whole road with one command, and leave its report where it can be read afterwards."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from telling import screen
from telling.commands import ROOT, Story, execute, expect, show, tools_path

BUDGET = 45  # seconds; starting and building take some more
DEADLINE = 300.0
FOLDER = Path("build", "demo")  # what git ignores, and what is there when the demo has ended


def go_the_road(story: Story) -> None:
    """Audit, repair, build, stress, hammer, time and check `before`; findings are what should come of it."""
    report = FOLDER / "report.html"
    (ROOT / report).unlink(missing_ok=True)
    road = ("port", "examples/before", "--budget", str(BUDGET), "--folder", str(FOLDER))
    command = [sys.executable, "-m", "ungil", *road]
    show(story, command, {})
    path = os.pathsep.join([str(Path(story.uv).parent), tools_path()])
    ran = execute(story, command, {"PATH": path}, DEADLINE, ROOT)
    screen.output(story.without_places(ran.output))
    expect(
        ran.code in {1, 2} and (ROOT / report).exists(),
        f"ungil port did not come to a report of findings ({ran.ending})",
    )
    if ran.code == 2:  # noqa: PLR2004 - the exit code that says so
        screen.shown("A stage failed, which says why: the build needs the package index.")
    screen.shown(f"The evidence, in one file that needs neither script nor network: {ROOT / report}")
