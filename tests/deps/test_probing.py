"""The extension modules of an environment: what they declare, and what importing them does."""

import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.deps.environments import install
from tests.ext.build import compile_extension

from ungil.deps.check import check
from ungil.deps.judge import judged
from ungil.deps.looking import Inspection, inspected
from ungil.deps.model import Dependency, Tree, a_name, a_version
from ungil.deps.package import Package
from ungil.deps.probing import Look, looked_into
from ungil.deps.rules import dependency_rules
from ungil.deps.target import target
from ungil.errors import UsageError, WheelError
from ungil.finding import Severity
from ungil.index.releases import Releases
from ungil.wheel.hosts import Host
from ungil.wheel.model import Method, Verdict

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
PYTHON = "{}.{}{}".format(*sys.version_info[:2], "t" if FREE_THREADED else "")
needs_free_threading = pytest.mark.skipif(not FREE_THREADED, reason="the GIL of this build is on in any case")
heavy = pytest.mark.thread_unsafe(reason="each run compiles and starts interpreters")


def packages(*names: str) -> tuple[Package, ...]:
    """Packages of which no index says anything."""
    dependencies = [Dependency(name=a_name(name), version=a_version("1.0"), path="uv.lock") for name in names]
    return tuple(judged(one, Releases(), target("3.14t")) for one in dependencies)


def site(folder: Path) -> Path:
    """Three packages: one whose module declares that it needs no GIL, one whose does not, one without any module."""
    folder.mkdir()
    for name, defined in (("good", ("SLOT=Py_MOD_GIL_NOT_USED",)), ("bad", ())):
        built = compile_extension("says", folder, f"NAME=_{name}", *defined)
        module = folder / name / built.name.replace("says", f"_{name}", 1)
        module.parent.mkdir()
        shutil.move(built, module)
        (module.parent / "__init__.py").touch()
        (module.parent / "libother.so").write_bytes(b"no module")
        install(folder, name, "1.0", files=(module, module.parent / "libother.so"))
    install(folder, "pure", "1.0")
    return folder


def verdicts(looked: Iterable[Package]) -> dict[str, list[tuple[str, Verdict, Method]]]:
    """What is told of each package's modules; packages that are not installed are left out."""
    return {
        package.dependency.name: [(one.name, one.verdict, one.settled.method) for one in package.modules]
        for package in looked
        if package.modules is not None
    }


@heavy
@needs_free_threading
def test_importing_tells_which_package_turns_the_gil_on(tmp_path: Path) -> None:
    """The module that declares nothing is caught, the other cleared; what is no module is not told of."""
    look = Look(folders=(site(tmp_path / "site"),), python=PYTHON, host=Host(PYTHON, Path(sys.executable)), read=False)
    looked = looked_into(packages("good", "bad", "pure", "absent"), look, lambda _: None)
    told = verdicts(looked)
    assert told["good"] == [("good._good", Verdict.DECLARED, Method.IMPORTED)]
    assert [(name, verdict) for name, verdict, _ in told["bad"]] == [("bad._bad", Verdict.NOT_DECLARED)]
    assert told["pure"] == []
    assert "absent" not in told
    aim, tree = target("3.14t"), Tree("x", "uv.lock", ())
    checked = check(tree, looked, target=aim, rules=dependency_rules(), level=Severity.WARNING)
    assert [(one.code, one.message.partition(":")[0]) for one in checked.findings] == [
        ("UG856", "importing bad 1.0 turns the GIL on")
    ]


@heavy
@needs_free_threading
def test_reading_tells_what_modules_declare_without_running_them(tmp_path: Path) -> None:
    """The same is found in the files, and told as read."""
    pytest.importorskip("lief", reason="reads the binaries")
    look = Look(folders=(site(tmp_path / "site"),), python=PYTHON, host=None, read=True)
    told = verdicts(looked_into(packages("good", "bad"), look, lambda _: None))
    assert told == {
        "good": [("good._good", Verdict.DECLARED, Method.READ)],
        "bad": [("bad._bad", Verdict.NOT_DECLARED, Method.READ)],
    }


def test_modules_of_another_build_are_not_told_of(tmp_path: Path) -> None:
    """An environment may hold what this build does not load."""
    module = tmp_path / "spam" / "_spam.cpython-313-x86_64-linux-gnu.so"
    module.parent.mkdir()
    module.touch()
    install(tmp_path, "spam", "1.0", files=(module,))
    look = Look(folders=(tmp_path,), python="3.14t", host=None, read=False)
    assert verdicts(looked_into(packages("spam"), look, lambda _: None)) == {"spam": []}


def test_what_is_damaged_has_no_modules(tmp_path: Path) -> None:
    """An empty library is no module, and a package without metadata is none that was asked about."""
    library = tmp_path / "spam" / "libempty.so"
    library.parent.mkdir()
    library.touch()
    install(tmp_path, "spam", "1.0", files=(library,))
    (tmp_path / "lost-1.0.dist-info").mkdir()
    look = Look(folders=(tmp_path,), python="3.14t", host=None, read=False)
    assert verdicts(looked_into(packages("spam", "lost"), look, lambda _: None)) == {"spam": []}


@heavy
@needs_free_threading
def test_in_its_own_environment_ungil_runs_its_own_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one may lie where a virtual environment has its own, as in a system's folder of programs."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    tree = Tree(str(tmp_path), "an environment", (), folders=(str(tmp_path),))
    inspection = Inspection(read=False, run=True)
    with pytest.raises(WheelError, match="does not answer"):
        inspected(tree, (), target(PYTHON), inspection, lambda _: None)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert inspected(tree, (), target(PYTHON), inspection, lambda _: None) == ()


def test_an_environment_of_another_build_is_refused() -> None:
    """What modules do under 3.15t is not seen in an environment of another build; the error says which it is."""
    tree = Tree(sys.prefix, "an environment", (), folders=(sysconfig.get_path("purelib"),))
    with pytest.raises(Exception, match=r"GIL-enabled|is an environment of") as raised:
        inspected(tree, (), target("3.15t"), Inspection(read=False, run=True), lambda _: None)
    assert not FREE_THREADED or isinstance(raised.value, UsageError)
