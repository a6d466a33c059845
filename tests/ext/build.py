"""Compile and load an extension of tests/ext with the compiler that the interpreter was built with."""

import importlib.machinery
import importlib.util
import shlex
import subprocess
import sysconfig
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def compile_extension(name: str, folder: Path) -> Path:
    """Compile tests/ext/NAME.c into `folder`; a compiler's complaint is an error."""
    target = folder / (name + str(sysconfig.get_config_var("EXT_SUFFIX")))
    link = shlex.split(str(sysconfig.get_config_var("LDSHARED")))
    include = sysconfig.get_path("include")
    options = ["-O2", "-fPIC", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{include}"]
    command = [*link, *options, str(HERE / f"{name}.c"), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{shlex.join(done.args)}\n{done.stderr}"
    return target


def load_extension(path: Path) -> ModuleType:
    """Import the extension at `path` without leaving it in sys.modules."""
    name = path.name.partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
