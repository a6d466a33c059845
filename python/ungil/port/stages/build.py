"""The wheel for the free-threaded build, made in a clean environment."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ungil.errors import BuildError
from ungil.port.evidence import Built, Open, Reached, Stage, Step
from ungil.port.fragment import Fragment, ModuleSeen
from ungil.port.order import FREE_THREADED, Work
from ungil.port.words import count
from ungil.wheel import names
from ungil.workshop import Wheel

__all__ = ["for_cython", "is_there", "modules_in", "run"]


def run(work: Work) -> Fragment:
    """Build the project, as it is or repaired.

    Raises:
        BuildError: it does not build, not by then, or what it comes to has no extension module in it.
        ToolError: there is no interpreter or no environment for it.
    """
    shop = work.shop()
    wheel = shop.build(work.source, deadline=work.seconds)
    modules = modules_in(wheel.path)
    if not modules:
        raise BuildError(
            f"{wheel.path.name} has no extension module in it: there is nothing that could need the GIL.",
            "Is it another project that has the extension? Or is its build optional, and failed? See its output.",
            "\n".join(wheel.output.splitlines()[-30:]),
        )
    _kept(work, wheel)
    offered = for_cython(wheel.path, modules)
    built = Built(
        wheel=wheel.path.name,
        sha256=wheel.sha256,
        python=f"{shop.found.version} free-threaded",
        compiler=wheel.compiler,
        warnings=wheel.warnings,
        modules=modules,
    )
    warned = f", {count(len(wheel.warnings), 'warning')} of the compiler" if wheel.warnings else ""
    return Fragment(
        step=Step(
            stage=Stage.BUILD,
            reached=Reached.DONE,
            why=f"{count(len(modules), 'extension module')} in {wheel.path.name}{warned}",
            command=_command(work.order.target),
        ),
        modules=tuple(ModuleSeen(name, for_cython=offered[name]) for name in modules),
        open=tuple(
            Open(f"what {', '.join(files)} offers", "only another extension can call it, and none did", name)
            for name, files in offered.items()
            if files
        ),
        built=built,
        tools={"Python": built.python} | ({"compiler": built.compiler} if built.compiler else {}),
    )


def _command(target: str) -> str:
    """What somebody would type."""
    if Path(target).exists():
        return f"uv build --wheel --python {FREE_THREADED} {target}"
    return f"python{FREE_THREADED} -m pip wheel --no-deps --no-binary :all: {target}"


def is_there(work: Work, fragment: Fragment) -> bool:
    """Whether the wheel of a build that was kept still is."""
    built = fragment.built
    return built is not None and (work.folder.path / "wheels" / built.sha256[:16] / built.wheel).is_file()


def _kept(work: Work, wheel: Wheel) -> None:
    """Copy it to where the stages behind look for it."""
    place = work.folder.place("wheels", wheel.sha256[:16])
    shutil.copyfile(wheel.path, place / f".{wheel.path.name}")
    (place / f".{wheel.path.name}").replace(place / wheel.path.name)


def modules_in(wheel: Path) -> tuple[str, ...]:
    """The extension modules in a wheel, as they are imported."""
    with zipfile.ZipFile(wheel) as archive:
        paths = archive.namelist()
    suffixes = ((path, names.suffix_of(path)) for path in paths)
    found = {names.module_name(path, suffix) for path, suffix in suffixes if suffix is not None and suffix.abi}
    return tuple(sorted(name for name in found if name is not None))


def for_cython(wheel: Path, modules: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Of each module, the file in the wheel by which other extensions use it without Python, if there is one."""
    with zipfile.ZipFile(wheel) as archive:
        paths = set(archive.namelist())
    files = {name: f"{name.replace('.', '/')}.pxd" for name in modules}
    return {name: (file,) if file in paths else () for name, file in files.items()}
