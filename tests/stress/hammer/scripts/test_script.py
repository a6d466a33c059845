"""Generated scripts, run as their readers run them: they fail on a race, and on nothing else."""

from __future__ import annotations

import ast
import builtins
import operator
import pickle
import re
import subprocess
import symtable
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.stress.hammer.hunting import built
from tests.stress.hammer.observed import crash, model, outcome, scenario, stopped

from ungil import AtomicInteger
from ungil.stress.hammer.models.literal import UnwritableError
from ungil.stress.hammer.models.model import Model, Operation, Scenario, Written, operation
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.scripts.script import Need, Script, script
from ungil.stress.hammer.telling.places import Places

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
alone = pytest.mark.thread_unsafe(reason="scripts need all cores for themselves")
races = pytest.mark.skipif(not FREE_THREADED, reason="threads take turns")

TALLY = model("increment", make=AtomicInteger, name="AtomicInteger", state=operator.methodcaller("get"))
PAIR = outcome(stopped(scenario(TALLY, "increment", "increment"), 0x10), Part.STATE)
KINDS = {
    "outcome": PAIR,
    "crash": crash(PAIR.attempt),
    "deadlock": crash(PAIR.attempt, kind=Kind.DEADLOCK),
    "hang": crash(PAIR.attempt, kind=Kind.HANG),
    "growth": outcome(PAIR.attempt, kind=Kind.GROWTH),
    "first use": outcome(Attempt(PAIR.attempt.scenario, Method.FIRST_USE, 1, PAIR.attempt.turns), Part.STATE),
}


def written(observation: Observation, *needs: Need) -> Script:
    """The script of an observation."""
    return script(observation, "threads lose a step", Places(Path()), needs=needs)


def run(one: Script, folder: Path, seconds: float, *path: str) -> subprocess.CompletedProcess[str]:
    """What a script comes to, with these folders to import from."""
    file = folder / "script.py"
    one.write(file)
    return subprocess.run(
        [sys.executable, file, str(seconds)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={"PYTHONPATH": ":".join([*path, *filter(None, sys.path)])},
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_is_plain_python_that_says_what_it_is(kind: str) -> None:
    """It parses, imports what it uses and nothing else, and begins with what was seen and how it is run."""
    tree = ast.parse(written(KINDS[kind]).text)
    said = ast.get_docstring(tree)
    assert said is not None
    assert said.startswith("Shows that threads lose a step.")
    for part in ("$ python3.14t script.py [SECONDS]", "Exit code 0", "A: increment() | B: increment()"):
        assert part in said
    imported = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    used = {
        node.value.id for node in ast.walk(tree) if isinstance(node, ast.Attribute) if isinstance(node.value, ast.Name)
    }
    assert imported - {"ungil"} <= set(sys.stdlib_module_names)
    assert imported == used & (imported | set(sys.stdlib_module_names))


def names_of_the_module(table: symtable.SymbolTable) -> set[str]:
    """What a script's functions expect to find in the module."""
    own = {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
    return own.union(*map(names_of_the_module, table.get_children()))


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_in_a_script_is_unknown(kind: str) -> None:
    """Whatever a function reads is defined in the file, or is a builtin."""
    table = symtable.symtable(written(KINDS[kind]).text, "script.py", "exec")
    defined = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    assert names_of_the_module(table) - defined - set(dir(builtins)) <= {"__file__", "__name__"}


@alone
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_in_what_is_correct(kind: str, tmp_path: Path) -> None:
    """An atomic counter's script comes to its end with exit code 0, and says how much it has tried."""
    done = run(written(KINDS[kind]), tmp_path, 0.5)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert re.search(r"in order\.$|came to an end\.$", done.stdout.strip())
    assert ("The GIL is on" in done.stdout) is not FREE_THREADED


RACY = Model(
    name="RacyInteger",
    make=list,
    operations=(operation("increment"), operation(("exchange", 9)), operation(("compare_and_set", 0, 5))),
    written=Written("def make():\n    return racy.RacyInteger()\n", frozenset({"racy"})),
    state=list,
    written_state=Written("def state(subject):\n    return subject.get()\n"),
)


BOUND = Model(
    name="Bound",
    make=list,
    operations=(operation("use"),),
    written=Written(
        "class Bound:\n"
        "    def __init__(self):\n"
        "        self.maker = threading.get_ident()\n"
        "    def use(self):\n"
        "        if threading.get_ident() != self.maker:\n"
        "            raise RuntimeError\n"
        "def make():\n"
        "    return Bound()\n",
        frozenset({"threading"}),
    ),
    state=list,
    written_state=Written("def state(subject):\n    return None\n"),
)


@alone
def test_an_object_that_knows_its_thread_shows_nothing(tmp_path: Path) -> None:
    """In order, too, each thread makes its own calls, on an object that the same thread made."""
    done = run(written(outcome(stopped(scenario(BOUND, "use", "use"), 0x10), Part.STATE)), tmp_path, 1)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@alone
@races
@pytest.mark.parametrize("names", [("increment", "increment"), ("compare_and_set", "compare_and_set")], ids="-".join)
def test_a_race_is_shown(names: tuple[str, str], tmp_path: Path) -> None:
    """Exit code 1, with what came out and what the orders come to."""
    done = run(written(outcome(stopped(scenario(RACY, *names), 0x10), Part.STATE)), tmp_path, 60, built("racy"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "  came out: " in done.stdout
    assert "  in the order AB: " in done.stdout or "  in any order: " in done.stdout


REFERENCE = Model(
    name="RacyReference",
    make=list,
    operations=(operation("get"), operation(("set", [1]))),
    written=Written("def make():\n    return racy.RacyReference()\n", frozenset({"racy"})),
)


@alone
@races
@pytest.mark.parametrize("needs", [(), tuple(Need)], ids=["as it is", "with variables"])
def test_a_crash_is_a_crash(tmp_path: Path, needs: tuple[Need, ...]) -> None:
    """The process ends with a signal, and faulthandler has said where; also one that starts again with variables."""
    seen = crash(stopped(scenario(REFERENCE, "get", "set"), 0x10))
    done = run(written(seen, *needs), tmp_path, 60, built("racy"))
    assert done.returncode < 0, done.stdout
    assert "Fatal Python error" in done.stderr


LOCKS = Model(
    name="Hunted",
    make=list,
    operations=(operation("forth"), operation("back")),
    written=Written("make = hunted.Hunted\n", frozenset({"hunted"})),
)


@alone
@races
def test_a_deadlock_ends_the_script(tmp_path: Path) -> None:
    """Exit code 1, with the stack of each thread: nobody has to end it."""
    seen = crash(stopped(scenario(LOCKS, "forth", "back"), 0x10), kind=Kind.DEADLOCK)
    done = run(written(seen), tmp_path, 60, built("hunted"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("Timeout (")
    assert done.stderr.count("Thread 0x") >= 3


LABEL = Model(
    name="Hunted",
    make=list,
    operations=(operation("label"),),
    written=Written("make = hunted.Hunted\n", frozenset({"hunted"})),
)


@alone
@races
def test_growth_is_shown(tmp_path: Path) -> None:
    """Memory that threads lose together, and one thread that makes the same calls does not; exit code 1."""
    seen = outcome(stopped(scenario(LABEL, "label", "label"), 0x10), kind=Kind.GROWTH)
    done = run(written(seen), tmp_path, 60, built("hunted"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"uses up [\d,]+ blocks, and -?[\d,]+ if one thread does it all", done.stdout)


def test_the_words_of_a_model_do_not_end_the_docstring() -> None:
    """Quotes and backslashes in what came out stay what they are."""
    odd = outcome(PAIR.attempt, Part.STATE, got='A: """ | B: \\n\\" | then "')
    said = ast.get_docstring(ast.parse(written(odd).text))
    assert said is not None
    assert 'came out: A: """ | B: \\n\\" | then "' in said


def test_long_values_lie_in_a_file_beside_the_script(tmp_path: Path) -> None:
    """Which is written with it, and read by it."""
    long = Operation("put", "append", written=Written("subject.append(DATA['a'])", data={"a": b"x"}))
    boxes = Model(name="Box", make=list, operations=(long,))
    one = written(outcome(stopped(Scenario(boxes, ((long,), (long,))), 0x10), Part.STATE))
    assert one.data is not None
    assert pickle.loads(one.data) == {"a": b"x"}  # noqa: S301 - what was just made
    one.write(tmp_path / "script.py")
    assert (tmp_path / "script.py.data").read_bytes() == one.data
    assert 'open(__file__ + ".data", "rb")' in one.text


@pytest.mark.parametrize("part", ["make", "state", "call"])
def test_there_is_no_script_without_source(part: str) -> None:
    """The reason names what has none; a crash needs no observer, and so no source of one."""
    local = model(
        (lambda box: box) if part == "call" else "copy",
        make=(lambda: [0]) if part == "make" else list,
        state=(lambda box: box) if part == "state" else None,
    )
    attempt = stopped(Scenario(local, ((local.operations[0],), (local.operations[0],))), 0x10)
    with pytest.raises(UnwritableError, match="lambda"):
        written(outcome(attempt, Part.STATE))
    if part == "state":
        assert written(crash(attempt)).text
