"""Compile what is in tests/ext, and load extensions, with the compiler that the interpreter was built with."""

import importlib.machinery
import importlib.util
import shlex
import subprocess
import sysconfig
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
SRC = HERE.parents[1] / "src"


def compile_extension(name: str, folder: Path, *defined: str, more: tuple[str, ...] = ()) -> Path:
    """Compile tests/ext/NAME.c into `folder`, with macros defined and more options; a complaint is an error."""
    target = folder / (name + str(sysconfig.get_config_var("EXT_SUFFIX")))
    link = shlex.split(str(sysconfig.get_config_var("LDSHARED")))
    include = sysconfig.get_path("include")
    options = ["-O2", "-fPIC", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{include}", *more]
    _run([*link, *options, *(f"-D{macro}" for macro in defined), str(HERE / f"{name}.c"), "-o", str(target)])
    return target


def compile_program(name: str, sources: tuple[str, ...], folder: Path) -> Path:
    """Compile tests/ext/NAME.cpp and these files of src into a program in `folder`, likewise."""
    target = folder / name
    compiler = shlex.split(str(sysconfig.get_config_var("CXX")))
    options = ["-O2", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{SRC}"]
    _run(
        [*compiler, *options, str(HERE / f"{name}.cpp"), *(str(SRC / source) for source in sources), "-o", str(target)]
    )
    return target


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stderr}"


def load_extension(path: Path) -> ModuleType:
    """Import the extension at `path` without leaving it in sys.modules."""
    name = path.name.partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
