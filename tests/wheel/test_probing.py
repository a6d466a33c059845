"""Running the modules of a wheel: what the interpreter does about the GIL, and that nothing of it comes back to us."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from tests.sync.builds import GIL_ENABLED
from tests.wheel import built

from ungil.wheel.check import Run, check, findings
from ungil.wheel.hosts import Host
from ungil.wheel.model import Method, Module, Reading, Verdict, Wheel
from ungil.wheel.reading import Reader

pytestmark = [
    pytest.mark.skipif(GIL_ENABLED, reason="a GIL-enabled interpreter tells nothing about who turns the GIL on"),
    pytest.mark.skipif(sys.platform == "win32", reason="compiles with the options of POSIX compilers"),
]

type Modules = Mapping[str, tuple[str, bytes]]


class Checked(Protocol):
    """What checks a wheel."""

    def __call__(self, path: Path, seconds: int = 60, *, allowed: bool = True) -> Wheel:
        """The wheel, looked at."""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Modules:
    """Every variant, compiled once."""
    return built.compiled(tmp_path_factory.mktemp("modules"))


@pytest.fixture(scope="module")
def checked() -> Iterator[Checked]:
    """Checks a wheel, whose modules are run by the interpreter that runs the tests."""
    with Reader() as reader:

        def look(path: Path, seconds: int = 60, *, allowed: bool = True) -> Wheel:
            host = Host(built.HOST, Path(sys.executable))
            return check(path, Run(allowed=allowed, hosts=(host,), seconds=seconds), reader=reader)

        yield look


def only(wheel: Wheel) -> Module:
    """Its one module."""
    (module,) = wheel.modules
    return module


def by(module: Module, method: Method) -> list[Reading]:
    """What one method found."""
    return [reading for reading in module.readings if reading.method is method]


def codes(wheel: Wheel) -> set[str]:
    """The rules that have a finding."""
    return {finding.code for finding in findings(wheel)}


SETTLED = {
    "declared": (Verdict.DECLARED, set()),
    "nothing": (Verdict.NOT_DECLARED, {"UG801"}),
    "used": (Verdict.GIL_USED, {"UG802"}),
    "single": (Verdict.NOT_DECLARED, {"UG801"}),
    "single_set": (Verdict.DECLARED, set()),
    "filled": (Verdict.DECLARED, set()),
    "filled_used": (Verdict.GIL_USED, {"UG802"}),
    "lies": (Verdict.GIL_USED, {"UG802", "UG804"}),
}
if sys.version_info >= (3, 15):
    SETTLED |= {"hook": (Verdict.DECLARED, set()), "hook_used": (Verdict.GIL_USED, {"UG802"})}


@pytest.mark.parametrize("name", SETTLED)
def test_the_import_settles_what_a_module_is(tmp_path: Path, checked: Checked, modules: Modules, name: str) -> None:
    """Whatever way it is made in; where the file says otherwise, that is a finding."""
    verdict, found = SETTLED[name]
    wheel = checked(built.wheel(tmp_path, modules, name))
    module = only(wheel)
    assert (module.name, module.verdict) == (f"spam.{name}", verdict)
    (imported,) = by(module, Method.IMPORTED)
    assert imported.verdict.turns_gil_on is verdict.turns_gil_on
    assert imported.host == built.HOST
    assert codes(wheel) - {"UG825", "UG832"} == found


def test_what_the_file_does_not_tell_the_slots_do(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """Where slots are filled at run time and the GIL comes on, they are read to tell whether the module wants it."""
    module = only(checked(built.wheel(tmp_path, modules, "filled_used")))
    assert by(module, Method.READ)[0].verdict is Verdict.UNKNOWN
    assert [one.verdict for one in by(module, Method.INITIALISED)] == [Verdict.GIL_USED]


def test_a_module_is_not_blamed_for_another(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """Its package imports a module that turns the GIL on: that one is found, and this one is created alone."""
    files = {"spam/__init__.py": "import spam.nothing"}
    wheel = checked(built.wheel(tmp_path, modules, "declared", "nothing", files=files))
    verdicts = {module.name: module.verdict for module in wheel.modules}
    assert verdicts == {"spam.declared": Verdict.DECLARED, "spam.nothing": Verdict.NOT_DECLARED}
    (alone,) = by(wheel.modules[0], Method.INITIALISED)
    assert alone.verdict is Verdict.DECLARED
    assert "UG806" not in codes(wheel)


def test_many_modules_are_each_looked_at(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """Those that turn the GIL on end a process; the rest goes on in another."""
    names = ("declared", "filled", "nothing", "single", "single_set", "used")
    wheel = checked(built.wheel(tmp_path, modules, *names))
    assert {one.name.removeprefix("spam."): one.verdict.turns_gil_on for one in wheel.modules} == {
        "declared": False,
        "filled": False,
        "nothing": True,
        "single": True,
        "single_set": False,
        "used": True,
    }


def test_a_dependency_that_is_missing_is_no_fault(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """The import says what is missing, and the module is created without being executed."""
    wheel = checked(built.wheel(tmp_path, modules, "lacks"))
    module = only(wheel)
    (imported,) = by(module, Method.IMPORTED)
    assert imported.how == "it needs 'not_installed_anywhere', which is not installed"
    assert not imported.failed
    assert (module.verdict, module.settled.method) == (Verdict.DECLARED, Method.INITIALISED)
    assert codes(wheel) <= {"UG825", "UG832"}


def test_a_package_that_lacks_something_is_tried_once(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """All its modules fail alike, for one reason, and are each created alone."""
    files = {"spam/__init__.py": "import not_installed_anywhere"}
    wheel = checked(built.wheel(tmp_path, modules, "declared", "filled", files=files))
    for module in wheel.modules:
        assert "'not_installed_anywhere'" in by(module, Method.IMPORTED)[0].how
        assert module.verdict is Verdict.DECLARED


def test_a_package_that_fails_after_the_gil_came_on_blames_who_turned_it_on(
    tmp_path: Path, checked: Checked, modules: Modules
) -> None:
    """What came of the import before it failed counts."""
    files = {"spam/__init__.py": "import spam.nothing\nimport not_installed_anywhere"}
    wheel = checked(built.wheel(tmp_path, modules, "declared", "nothing", files=files))
    verdicts = {module.name: module.verdict for module in wheel.modules}
    assert verdicts == {"spam.declared": Verdict.DECLARED, "spam.nothing": Verdict.NOT_DECLARED}


def test_of_two_files_for_one_module_the_interpreter_finds_one(
    tmp_path: Path, checked: Checked, modules: Modules
) -> None:
    """What the import shows is said of that file alone."""
    data = modules["nothing"][1]
    bare = ("nothing.so", data)
    wheel = checked(built.wheel(tmp_path, {"tagged": modules["nothing"], "bare": bare}, "tagged", "bare"))
    methods = {module.suffix.text: [one.method for one in module.readings] for module in wheel.modules}
    assert methods.pop(".so") == [Method.READ]
    assert list(methods.values()) == [[Method.READ, Method.IMPORTED]]


def test_a_dependency_that_turns_the_gil_on_is_named(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """A module that is not in the wheel, and whose import the wheel's causes."""
    name, data = modules["nothing"]
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / name).write_bytes(data)
    files = {"spam/__init__.py": f"import sys; sys.path.append({str(installed)!r}); import nothing"}
    wheel = checked(built.wheel(tmp_path, modules, "declared", files=files))
    assert only(wheel).verdict is Verdict.DECLARED
    (finding,) = [one for one in findings(wheel) if one.code == "UG806"]
    assert "imports 'nothing'" in finding.message


@pytest.mark.parametrize(
    ("name", "said"), [("crashes", "crashed with SIG"), ("hangs", "not done within 4 seconds"), ("fails", "boom")]
)
def test_a_module_that_cannot_be_run_is_a_finding(
    tmp_path: Path, checked: Checked, modules: Modules, name: str, said: str
) -> None:
    """It crashes, hangs or raises: that is said of it, and the others are run all the same."""
    files = {"spam/raises.py": "raise ValueError('boom')"}
    wheel = checked(built.wheel(tmp_path, modules, name, "declared", files=files), seconds=4)
    found = {module.name: module for module in wheel.modules}
    (imported,) = by(found[f"spam.{name}"], Method.IMPORTED)
    assert imported.failed
    assert said in imported.how
    assert "UG805" in codes(wheel)
    assert found["spam.declared"].verdict is Verdict.DECLARED
    assert by(found["spam.declared"], Method.IMPORTED)[0].verdict is Verdict.DECLARED


def test_nothing_is_imported_here(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """Neither the wheel's package nor its modules come into this process, nor a file into this folder."""
    files = {"spam/__init__.py": "open('left-behind', 'w').close()"}
    before = set(Path.cwd().iterdir())
    wheel = checked(built.wheel(tmp_path, modules, "declared", files=files))
    assert only(wheel).verdict is Verdict.DECLARED
    assert not [name for name in sys.modules if name.partition(".")[0] == "spam"]
    assert Path("left-behind") not in set(Path.cwd().iterdir()) - before


def test_a_wheel_is_only_read_if_that_is_asked(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """No code of it runs, and the report says why there is no more than what was read."""
    mark = tmp_path / "ran"
    files = {"spam/__init__.py": f"open({str(mark)!r}, 'w').close()"}
    path = built.wheel(tmp_path, modules, "declared", files=files)
    wheel = checked(path, allowed=False)
    assert (wheel.hosts, wheel.not_run) == ((), "not asked to")
    assert [reading.method for reading in only(wheel).readings] == [Method.READ]
    assert not mark.exists()
    checked(path)
    assert mark.exists()


def test_a_wheel_sees_nothing_of_the_environment(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """Tokens in variables stay here; its home and its current folder are its own."""
    name = "UNGIL_TEST_TOKEN"
    os.environ[name] = "secret"
    seen = f"{{name: os.environ.get(name) for name in ({name!r}, 'HOME')}}"
    files = {"spam/__init__.py": f"import os; raise RuntimeError({seen}, os.getcwd())"}
    said = by(only(checked(built.wheel(tmp_path, modules, "declared", files=files))), Method.IMPORTED)[0].how
    assert "secret" not in said
    assert str(Path.home()) not in said


def test_what_a_wheel_starts_ends_with_it(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """A process that a module leaves behind, with the output open, neither holds anything up nor stays."""
    mark = tmp_path / "pid"
    files = {
        "spam/__init__.py": "import os, time\n"
        "if os.fork() == 0:\n"
        f"    open({str(mark)!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(1000)\n"
        f"while not os.path.exists({str(mark)!r}) or not open({str(mark)!r}).read(): time.sleep(0.01)\n"
    }
    wheel = checked(built.wheel(tmp_path, modules, "declared", files=files))
    assert only(wheel).verdict is Verdict.DECLARED
    until = time.monotonic() + 30
    while _runs(int(mark.read_text())):
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(process: int) -> bool:
    """Whether it is there, and not merely a corpse that nobody has buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_wheel_that_forges_its_results_is_not_waited_for(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """A pipe in the place of the file of results is not read from."""
    files = {"spam/__init__.py": "import os, sys\nos.remove(sys.argv[2])\nos.mkfifo(sys.argv[2])\n"}
    wheel = checked(built.wheel(tmp_path, modules, "declared", files=files))
    assert by(only(wheel), Method.IMPORTED)[0].verdict is Verdict.UNKNOWN
    assert by(only(wheel), Method.READ)[0].verdict is Verdict.DECLARED


def test_what_is_read_is_what_was_in_the_wheel(tmp_path: Path, checked: Checked, modules: Modules) -> None:
    """A package that replaces its modules when it is imported does not change what was read of them."""
    files = {
        "spam/__init__.py": "import os\nhere = os.path.dirname(__file__)\n"
        f"os.replace(here + '/other', here + '/{modules['nothing'][0]}')\n",
        "spam/other": "",
    }
    path = built.wheel(tmp_path, modules, "nothing", files=files)
    assert by(only(checked(path)), Method.READ)[0].verdict is Verdict.NOT_DECLARED
