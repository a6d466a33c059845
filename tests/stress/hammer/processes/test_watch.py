"""How a process ended is told from outside, whatever it did to itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.stress.hammer.hunting import HUNTS, QUICK, model_file, target_of

from ungil.stress.hammer.processes.job import Events, Folder, Job, Target
from ungil.stress.hammer.processes.journal import Post
from ungil.stress.hammer.processes.stacks import readable
from ungil.stress.hammer.processes.waiting import is_stopped, waits_for_itself
from ungil.stress.hammer.processes.watch import MOST_OUTPUT, How, environment, watch
from ungil.stress.hammer.runs.text import loaded_text

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only there the kernel tells what threads wait for")
LOUD = """
import sys
def shout():
    for _ in range(600): sys.stdout.write("x" * 99_999 + "\\n")
    sys.stdout.flush()
M = Model(name="unruly", make=object, operations=(Operation("shout", shout, alone=True),))
"""


def test_events_come_as_they_are_said(tmp_path: Path) -> None:
    """Each once, whole, and none before the line is complete."""
    folder = Folder(tmp_path)
    events = Events(folder)
    assert events.new() == []
    folder.say("one", text="two\nlines")
    assert events.new() == [{"event": "one", "text": "two\nlines"}]
    with folder.events.open("a") as file:
        file.write('{"event": "half"')
        file.flush()
        assert events.new() == []
        file.write("}\n")
    assert events.new() == [{"event": "half"}]
    assert events.new() == []


def test_a_job_is_taken_as_it_was_left(tmp_path: Path) -> None:
    """Through JSON, which has no tuples and no numbers for keys."""
    job = Job(
        target=Target(module="a", makers=[("b:c", ["d"])], path=["/x"]),
        left_out=[(0, 1)],
        tried=[2],
        steps={3: 4},
        settled=[(0, ((1,), (2, 3)))],
        attempts=[{"a": 1}],
    )
    Folder(tmp_path).write_job(job)
    assert Folder(tmp_path).read_job() == job


def test_freed_memory_is_overwritten_and_the_gil_is_left_alone() -> None:
    """What is freed shows when it is used; the GIL is forced off only if that is asked for."""
    plain, forced = environment(gil_off=False), environment(gil_off=True)
    assert plain["PYTHONMALLOC"] == "debug"
    assert "PYTHON_GIL" not in plain
    assert forced["PYTHON_GIL"] == "0"


class TestProcesses:
    """Of a process that does what it is asked, or not."""

    pytestmark = HUNTS

    def test_output_is_bounded(self, tmp_path: Path) -> None:
        """An extension that prints without an end fills no disk, and goes on."""
        folder = Folder(tmp_path)
        job = Job(target=target_of("unruly", model_file(tmp_path, "unruly", LOUD)), seconds=1)
        end = watch(folder, job, environment(gil_off=False), QUICK, lambda _: None)
        assert end.how is How.DONE
        assert folder.output.stat().st_size < 100 * MOST_OUTPUT  # of 120 that were written

    def test_a_process_that_nobody_watches_any_more_ends(self, tmp_path: Path) -> None:
        """If whoever has started it is killed, so is it: nothing spins for ever."""
        text = f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
        script = tmp_path / "starts.py"
        target = target_of("unruly", model_file(tmp_path, "unruly", text))
        script.write_text(
            f"from ungil.stress.hammer.hunt import hunt\nfrom ungil.stress.hammer.processes.job import Target\n"
            f"from ungil.stress.hammer.processes.series import Settings\nhunt({target!r}, Settings())\n"
        )
        starter = subprocess.Popen([sys.executable, str(script)])
        try:
            pid = wait_for_text(tmp_path / "pid")
        finally:
            starter.kill()
            starter.wait()
        for _ in range(600):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.05)
        os.kill(int(pid), signal.SIGKILL)
        raise AssertionError("it goes on")


def wait_for_text(path: Path) -> str:
    """What a file holds, once it holds something."""
    for _ in range(600):
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{path} was not written")


@LINUX
def test_threads_that_wait_for_ever_are_told_from_those_that_sleep() -> None:
    """A lock that nobody holds any more is for ever; a timeout, the time and a thread that runs are not."""
    code = (
        "import threading, time, sys\n"
        "never = threading.Event()\n"
        "kind = sys.argv[1]\n"
        "if kind == 'helper': threading.Thread(target=lambda: time.sleep(60), daemon=True).start()\n"
        "print('ready', flush=True)\n"
        "if kind == 'sleeps': time.sleep(60)\n"
        "elif kind == 'timeout': never.wait(60)\n"
        "elif kind == 'runs':\n"
        "    while True: pass\n"
        "else: never.wait()\n"
    )
    seen = {}
    for kind in ("waits", "sleeps", "timeout", "runs", "helper"):
        with subprocess.Popen([sys.executable, "-c", code, kind], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            seen[kind] = any(_looks(process.pid) for _ in range(20)) if kind == "waits" else _looks(process.pid)
            process.kill()
    assert seen == {"waits": True, "sleeps": False, "timeout": False, "runs": False, "helper": False}


def _looks(pid: int, *posts: Post) -> bool:
    time.sleep(0.1)
    return waits_for_itself(pid, posts)


@LINUX
def test_a_crew_waits_for_ever_if_those_in_a_call_do() -> None:
    """Whoever is in no call waits for them, even if it spins; and who is gone does not wait."""
    code = "import threading\nprint('ready', flush=True)\nthreading.Event().wait()\n"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        waiting, gone = Post(process.pid, in_call=True, calls=1), Post(2**22 + 1, in_call=True, calls=1)
        assert any(_looks(process.pid, waiting) for _ in range(50))
        assert not waits_for_itself(process.pid, [waiting, gone])
        process.kill()


@LINUX
def test_a_process_that_is_stopped_is_told_from_one_that_hangs() -> None:
    """Whoever is stopped, by Ctrl-Z for instance, gets on no further and is not to blame."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        assert not is_stopped(process.pid)
        process.send_signal(signal.SIGSTOP)
        assert any(is_stopped(process.pid) or _looks(process.pid) for _ in range(50))
        process.send_signal(signal.SIGCONT)
        assert any(not is_stopped(process.pid) or _looks(process.pid) for _ in range(50))
        process.kill()
        process.wait()
        assert not is_stopped(process.pid)


STACKS = """\
Fatal Python error: Segmentation fault

Current thread 0x00007f01 (most recent call first):
  File "/somewhere/model.py", line 3 in make
  File "/x/ungil/stress/hammer/crew.py", line 1 in run

crash in thread 1
0x1000
0x2000
0x3000
0x2000
0x3004
0x1004
thread 0
0x1000
0x2000
0x3008
0x9000
"""
MAPS = """\
1000-2000 r-xp 00000000 00:00 1 {hammer}
2000-3000 r-xp 00000000 00:00 1 /lib/libc.so.6
3000-4000 r-xp 00000500 00:00 1 /lib/mod.so
"""


def test_stacks_are_what_is_between_two_hammers(tmp_path: Path) -> None:
    """Without the handlers that wrote them and the crew that made the call; addresses are places in files."""
    from ungil import _hammer  # noqa: PLC0415 - its path is what is looked for

    maps = tmp_path / "maps"
    maps.write_text(MAPS.format(hammer=Path(_hammer.__file__).resolve()))
    crashed, other = readable(STACKS, loaded_text([], maps))
    assert crashed.splitlines() == [
        "B, which crashed:",
        "  /lib/mod.so+0x504",
        '  File "/somewhere/model.py", line 3 in make',
        '  File "/x/ungil/stress/hammer/crew.py", line 1 in run',
    ]
    assert other.splitlines() == ["A:", "  /lib/mod.so+0x508", "  (no file)+0x9000"]


def test_without_any_heading_what_python_wrote_is_left() -> None:
    """Where no native stacks can be had, or the crash came before there was a crew."""
    text = loaded_text([], Path("/nowhere"))
    only = readable('Fatal Python error: Aborted\n\n  File "/somewhere/model.py", line 3 in make\n', text)
    assert only == ('another thread, which crashed:\n  File "/somewhere/model.py", line 3 in make',)
    assert readable("", text) == ()
