"""Run the demo's commands: each in a clean environment, with a deadline, and told on the screen."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from telling import screen

ROOT = Path(__file__).resolve().parents[2]
BUILD_DEADLINE = 300.0
RUN_DEADLINE = 60.0


class NotShownError(Exception):
    """A step did not show what it says."""


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, or None at its deadline, and all that it printed."""

    code: int | None
    output: str

    @property
    def death(self) -> str:
        """What ended the process if it did not end by itself, else nothing."""
        if self.code is None:
            return "hung until its deadline"
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        windows_crash = 0xC0000000
        return f"crashed with {self.code:#x}" if self.code >= windows_crash else ""

    @property
    def ending(self) -> str:
        """How the process ended, in words."""
        return self.death or f"exit code {self.code}"


@dataclass
class Story:
    """One telling: the folder where it builds, its uv, and each step's answers for the table at the end."""

    work: Path
    uv: str
    answers: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(self, version: str, question: str, answer: str) -> None:
        """Keep what a step showed of one version."""
        self.answers.setdefault(question, {})[version] = answer
        screen.shown(f"{question}: {answer}.")

    def site(self, version: str) -> str:
        """The folder where a version is installed."""
        return str(self.work / f"{version}-site")

    def without_places(self, text: str) -> str:
        """The same text without this machine's folders."""
        places = {str(self.work): "$TMP", f"{ROOT}{os.sep}": "", self.uv: "uv", sys.executable: "python"}
        # The longest first: the interpreter may live inside the repository.
        for place in sorted(places, key=len, reverse=True):
            text = text.replace(place, places[place])
        return text


def expect(holds: object, otherwise: str) -> None:
    """Go on only if a step shows what it says.

    Raises:
        NotShownError: it does not; the message says what happened instead.
    """
    if not holds:
        raise NotShownError(otherwise)


def tools_path() -> str:
    """Where commands are looked up: beside the interpreter, then on PATH."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def execute(story: Story, command: Sequence[str], extra: Mapping[str, str], deadline: float, cwd: Path) -> Ran:
    """Run a command to its end or its deadline; of Python's variables it gets only those in extra."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PATH": tools_path(), "NO_COLOR": "1", **extra}
    # Into a file and not a pipe: a pipe that a stray grandchild keeps open would outlast the deadline.
    with (story.work / "output").open("w+", encoding="utf-8", errors="replace") as output:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0 if os.name == "posix" else None,
        )
        code = wait(child, deadline)
        output.seek(0)
        return Ran(code, output.read())


def wait(child: subprocess.Popen[bytes], deadline: float) -> int | None:
    """The exit code, or None at the deadline; a child that is not waited for any longer is killed with its children."""
    try:
        return child.wait(deadline)
    except subprocess.TimeoutExpired:
        kill(child)
        return None
    except BaseException:
        kill(child)
        raise


def kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and, where processes have groups, what it started: nothing may write into the folder any more."""
    if os.name == "posix":
        # It may have ended by itself: an interrupted Popen.wait gives it a quarter of a second.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def show(story: Story, command: Sequence[str], extra: Mapping[str, str]) -> None:
    """Print a command as one would type it, without this machine's folders."""
    settings = [f"{name}={value}" for name, value in extra.items()]
    words = [story.without_places(word) for word in (*settings, *command)]
    screen.command(" ".join(word if word.startswith("$") else quoted(word) for word in words))


def quoted(word: str) -> str:
    """A word for a shell; a setting like NAME=value, and a variable in it, stay as they are."""
    name, equals, value = word.partition("=")
    return word if equals and name.isidentifier() and " " not in value else shlex.quote(word)


def run(story: Story, *command: str, deadline: float = RUN_DEADLINE, cwd: Path = ROOT, **extra: str) -> Ran:
    """Show a command, run it, show its output."""
    show(story, command, extra)
    ran = execute(story, command, extra, deadline, cwd)
    screen.output(story.without_places(ran.output))
    return ran


def tool(story: Story, *command: str) -> None:
    """Run a tool that only has to succeed."""
    ran = run(story, *command, deadline=BUILD_DEADLINE, cwd=story.work)
    expect(ran.code == 0, f"the last command: {ran.ending}")
