"""``ungil hammer`` as a user runs it: what it prints, what it saves, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import INTERRUPTIBLE, ungil
from tests.stress.hammer.hunting import FREE_THREADED, HUNTS, built, model_file

from ungil.stress.hammer.runs.crew import stepping_is_absent

hunts = [*HUNTS, pytest.mark.skipif(bool(stepping_is_absent()), reason="no thread can be stopped here")]
ADD = "make = Hunted\nops = ['add']\nstate = lambda one: one.total()"
FOUND = "hunted_add() beside another thread's call leaves a state that no order of them leaves"


def hammer(
    folder: Path, *arguments: str | Path, defined: tuple[str, ...] = (), text: str = ADD
) -> subprocess.CompletedProcess[str]:
    """Runs ``ungil hammer hunted`` with this model."""
    model = model_file(folder, "hunted", text)
    quick = [] if "--confirm" in arguments else ["--confirm", "0"]
    given = ["hammer", "hunted", "--model", model, *quick, *arguments]
    return ungil(folder, *given, PYTHONPATH=_path(built("hunted", *defined)))


def _path(folder: str) -> str:
    return os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))


@pytest.mark.skipif(FREE_THREADED, reason="it is refused where threads take turns")
def test_a_gil_enabled_build_is_refused(tmp_path: Path) -> None:
    """Nothing can be raced there; how a free-threaded build is had is said."""
    done = ungil(tmp_path, "hammer", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "GIL-enabled build" in done.stderr
    assert "ungil python 3.14t" in done.stderr


class TestFreeThreaded:
    """Where threads run beside each other."""

    pytestmark = hunts

    def test_what_is_found_is_printed_saved_and_made_again(self, tmp_path: Path) -> None:
        """A finding is exit code 1; the saved file makes it again with the same seed, and says how often it failed."""
        saved, seeds = tmp_path / "saved.json", tmp_path / "seeds"
        text = f"import os\nopen({str(seeds)!r}, 'a').write(os.environ['PYTHONHASHSEED'] + ' ')\n{ADD}"
        done = hammer(tmp_path, "--budget", "2", "--seed", "7", "--save", saved, text=text)
        assert done.returncode == 1, done.stderr
        assert FOUND in " ".join(done.stdout.split())
        assert "--seed 7 makes the same choices again" in done.stdout
        plain = json.loads(saved.read_text())
        assert (plain["version"], plain["module"], len(plain["observations"])) == (1, "hunted", 1)
        seeds.write_text("")
        again = hammer(tmp_path, "--replay", saved, text=text)
        assert (again.returncode, again.stdout) == (1, "outcome of A: add() | B: add(): failed 20 of 20 times\n")
        assert set(seeds.read_text().split()) == {"7"}
        assert [file.name for file in (tmp_path / "ungil-hammer").iterdir()] == ["UG904-hunted_add.py"]
        assert "not tried: a script of plain Python threads: ungil-hammer/" in done.stdout

    def test_what_is_repaired_does_not_fail_again(self, tmp_path: Path) -> None:
        """With the correct twin, the same attempt is exit code 0; that the file is another one is said."""
        saved = tmp_path / "saved.json"
        hammer(tmp_path, "--budget", "2", "--save", saved)
        plain = json.loads(saved.read_text())
        fixed = built("hunted", "CORRECT")
        for turn in plain["observations"][0]["attempt"]["turns"]:
            if turn["stop"]:
                turn["stop"]["path"] = str(next(Path(fixed).glob("hunted.*")))
        saved.write_text(json.dumps(plain))
        again = hammer(tmp_path, "--replay", saved, defined=("CORRECT",))
        assert again.returncode == 0, again.stderr
        assert again.stdout.startswith("outcome of A: add() | B: add(): failed 0 of 20 times\n")

    def test_what_is_no_longer_there_is_not_made(self, tmp_path: Path) -> None:
        """A stop in a file that is not loaded is no stop, and an operation that has changed another operation.

        Where nothing was made, nothing is clean.
        """
        saved = tmp_path / "saved.json"
        hammer(tmp_path, "--budget", "2", "--save", saved)
        elsewhere = hammer(tmp_path, "--replay", saved, defined=("CORRECT",))
        assert (elsewhere.returncode, "not made: hunted." in elsewhere.stdout) == (2, True)
        assert elsewhere.stderr.startswith("ungil: error: Nothing could be made again.")
        changed = hammer(tmp_path, "--replay", saved, text=ADD.replace("'add'", "'renew'"))
        assert "not made: Operation 1 of 'Hunted' is renew() now, and was add()." in changed.stdout

    def test_where_nothing_was_found_there_is_nothing_to_make_again(self, tmp_path: Path) -> None:
        """That is clean, and said."""
        saved = tmp_path / "saved.json"
        hammer(tmp_path, "--budget", "0.5", "--save", saved, defined=("CORRECT",))
        again = hammer(tmp_path, "--replay", saved, defined=("CORRECT",))
        assert again.returncode == 0, again.stderr
        assert again.stdout == "note: Nothing was found when this was saved, so there was nothing to make again.\n"

    def test_nothing_found_is_clean(self, tmp_path: Path) -> None:
        """Exit code 0, and how much was tried."""
        done = hammer(tmp_path, "--budget", "1", defined=("CORRECT",))
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("No findings. That is what ")

    def test_calls_come_from_tests_and_it_is_said_if_these_fail(self, tmp_path: Path) -> None:
        """What the tests call is driven, and nothing else of what there is goes unmentioned."""
        (tmp_path / "test_it.py").write_text("from hunted import Hunted\ndef test_add(): assert Hunted().add() == 0\n")
        given = ("hammer", "hunted", "--harvest", "test_it.py", "--budget", "2", "--confirm", "0")
        done = ungil(tmp_path, *given, PYTHONPATH=_path(built("hunted", "CORRECT")))
        said = " ".join(done.stdout.split())
        assert "Hunted: Hunted, add; 4 of 4 pairs" in said
        assert "The tests whose calls are made: tests failed." in said

    def test_what_looks_dangerous_is_called_when_that_is_allowed(self, tmp_path: Path) -> None:
        """Its name is a reason to leave it out, which is said with what allows it; then it is driven."""
        (tmp_path / "plain.py").write_text("def unlink_all(): return 1\ndef fine(): return 2\n")
        given = ("hammer", "plain", "--budget", "1", "--confirm", "0")
        left_out, driven = (
            " ".join(ungil(tmp_path, *given, *more, PYTHONPATH=_path(str(tmp_path))).stdout.split())
            for more in ([], ["--allow", "unlink_all"])
        )
        assert "plain.unlink_all: its name says unlink" in left_out
        assert "Driven: plain: fine, unlink_all" in driven

    def test_nothing_hammered_is_not_clean(self, tmp_path: Path) -> None:
        """Where all is left out, the job was not done; why is printed."""
        text = "make = Hunted\nimport os\ndef ends(_): os._exit(3)\nops = [ends]"
        done = hammer(tmp_path, "--budget", "1", text=text)
        assert done.returncode == 2
        assert "it ends the process: exit code 3" in " ".join(done.stdout.split())
        assert done.stderr.startswith("ungil: error: Nothing was hammered. All that there is was left out.")

    def test_what_was_found_is_printed_even_if_it_cannot_be_saved(self, tmp_path: Path) -> None:
        """Exit code 2, and nothing is lost."""
        done = hammer(tmp_path, "--budget", "2", "--save", tmp_path / "nowhere" / "saved.json")
        assert done.returncode == 2
        assert FOUND in " ".join(done.stdout.split())
        assert "cannot be written" in done.stderr

    def test_ctrl_c_tells_what_was_found_and_leaves_no_process(self, tmp_path: Path) -> None:
        """Exit code 130, with the findings so far, and those who test are gone."""
        text = f"import os\nopen({str(tmp_path / 'pids')!r}, 'a').write(str(os.getpid()) + '\\n')\n{ADD}"
        saved = tmp_path / "saved.json"
        process = self._started(tmp_path, text, saved)
        pids = self._pids(tmp_path, 2)  # the second one explores
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
        assert "--seed" in out
        assert saved.exists()
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]

    def _started(self, folder: Path, text: str, saved: Path) -> subprocess.Popen[str]:
        model = model_file(folder, "hunted", text)
        return subprocess.Popen(
            [*INTERRUPTIBLE, "hammer", "hunted", "--model", model, "--budget", "60", "--save", str(saved)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": _path(built("hunted", "CORRECT"))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _pids(self, folder: Path, wanted: int) -> list[str]:
        for _ in range(600):
            found = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
            if len(found) >= wanted:
                return found
            time.sleep(0.05)
        raise AssertionError("no process has made the models")

    def test_a_module_that_turns_the_gil_on_is_refused(self, tmp_path: Path) -> None:
        """Exit code 2 with the option that hammers it nevertheless, which then does, and is said."""
        text = "make = None\nops = [is_fine]"
        arguments = ["hammer", "unruly", "--model", model_file(tmp_path, "unruly", text), "--budget", "0.5"]
        path = _path(built("unruly", "TURNS_GIL_ON"))
        done = ungil(tmp_path, *arguments, PYTHONPATH=path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "The GIL came on when 'unruly' was imported" in done.stderr
        assert "--force-gil-off" in done.stderr
        forced = ungil(tmp_path, *arguments, "--force-gil-off", PYTHONPATH=path)
        assert forced.returncode == 0, forced.stderr
        assert "The GIL was kept off with PYTHON_GIL=0" in forced.stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["no_such_module", "--model", "empty.py"], "'no_such_module' cannot be imported: ModuleNotFoundError"),
            (["json", "--model", "nowhere.py"], "There is no model file nowhere.py."),
            (["json", "--model", "empty.py"], "empty.py does not define make."),
            (["json", "--model", "wrong.py"], "wrong.py raises ZeroDivisionError when it is run."),
            (["json", "--replay", "nowhere.json"], "'nowhere.json' cannot be read: No such file or directory."),
            (["json", "--replay", "empty.py"], "'empty.py' is not what --save writes: it is not JSON."),
            (["json", "--replay", "other.json"], "What was saved is of 'hunted'."),
        ],
    )
    def test_what_cannot_be_done_is_an_error(self, tmp_path: Path, arguments: list[str], said: str) -> None:
        """Exit code 2, nothing on standard output, and one message that shows nothing of how ungil works."""
        (tmp_path / "empty.py").write_text("")
        (tmp_path / "wrong.py").write_text("1 / 0\n")
        record: dict[str, Any] = {"version": 1, "module": "hunted", "files": {}, "observations": []}
        (tmp_path / "other.json").write_text(json.dumps(record))
        done = ungil(tmp_path, "hammer", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"ungil: error: {said}")
        assert "ungil/stress" not in done.stderr

    def test_what_is_found_is_confirmed(self, tmp_path: Path) -> None:
        """A script of plain Python threads fails too, and is left where it was asked for, beside reports for tools."""
        forms = ["--format", "json=out.json", "--format", "sarif=out.sarif", "--format", "markdown=out.md"]
        done = hammer(tmp_path, "--budget", "1", "--confirm", "60", "--scripts", "shown", *forms)
        assert done.returncode == 1, done.stderr
        assert "1 finding (1 error); 1 of 1 confirmed in plain Python threads." in done.stdout
        (script,) = (tmp_path / "shown").iterdir()
        assert script.name == "UG904-hunted_add.py"
        (finding,) = json.loads((tmp_path / "out.json").read_text())["findings"]
        assert finding["sighting"]["confirmation"]["confirmed"]
        assert json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "UG904"
        assert script.read_text() in (tmp_path / "out.md").read_text()

    def test_what_is_known_or_allowed_is_not_reported(self, tmp_path: Path) -> None:
        """A baseline, or a comment in the model file that gives a reason, makes it clean, and is counted."""
        wrote = hammer(tmp_path, "--budget", "1", "--write-baseline", "known.json")
        assert (wrote.returncode, wrote.stdout) == (0, ""), wrote.stderr
        known = hammer(tmp_path, "--budget", "1", "--baseline", "known.json")
        assert known.returncode == 0, known.stdout
        assert "Not reported: 1 known from the baseline." in known.stdout
        allowed = hammer(tmp_path, "--budget", "1", text=f"{ADD}\n# ungil: allow-file(corrupted-state) approximate")
        assert allowed.returncode == 0, allowed.stdout
        assert "Not reported: 1 suppressed by comments." in allowed.stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--select", "UG99X"], "--select: there is no rule 'UG99X'."),
            (["--baseline", "nowhere.json"], "There is no baseline 'nowhere.json'."),
            (["--format", "json", "--format", "sarif"], "Two formats cannot share one output."),
            (["--scripts", "model.py/shown"], "No script can be left in 'model.py/shown': "),
        ],
    )
    def test_options_of_the_report_are_looked_at_before_the_work(
        self, tmp_path: Path, arguments: list[str], said: str
    ) -> None:
        """What is wrong with them is exit code 2, and nothing is hammered."""
        done = hammer(tmp_path, "--budget", "60", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"ungil: error: {said}")

    @pytest.mark.parametrize("budget", ["0", "-1", "nan", "inf", "soon"])
    def test_a_budget_is_a_number_above_zero(self, tmp_path: Path, budget: str) -> None:
        """Anything else is an error of usage."""
        done = ungil(tmp_path, "hammer", "json", "--budget", budget)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--budget" in done.stderr
