"""Runs alone, in the interpreter that a wheel is for: imports, creates or initialises its modules one by one.

    python modules.py REQUEST RESULTS

REQUEST is a file with JSON: what to do (``import``, ``create``, ``initialise``), the folder that the wheel was unpacked
to, the seconds for each module, and the modules with their names and files. RESULTS gets a line of JSON for each, as
soon as it is known; nothing more once the GIL is on, for then no module can turn it on, nor after a failure.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import importlib.machinery
import importlib.util
import json
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

WARNED = re.compile(r"GIL\) has been enabled to load module '(.+?)',")
MOD_SLOTS, SUBSLOTS = 94, 92  # slots that hold more slots
MOST_SLOTS, LAST_SLOT, DEEPEST = 64, 255, 3
GIL_IS_ON = 3  # the exit code of an interpreter that can tell nothing
LARGEST_FILE = 256 << 20  # bytes of a file that a module may write


type Module = dict[str, str]  # name, file, and mangled: what follows PyInit in the name of its init function
type Result = dict[str, Any]

_KEPT: list[object] = []  # nothing that a module has made is taken apart


def main(request_file: str, results_file: str) -> None:
    """Does what is asked with each module, and never returns."""
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    limit(int(request["seconds"] * (len(request["modules"]) + 1)))
    sys.path.insert(0, request["folder"])
    do = {"import": import_by_name, "create": create_alone, "initialise": initialise}[request["do"]]
    with Path(results_file).open("w", encoding="utf-8", buffering=1) as results:
        if gil_enabled():
            os._exit(GIL_IS_ON)
        for module in request["modules"]:
            faulthandler.dump_traceback_later(request["seconds"], exit=True)
            result = tried(do, module)
            faulthandler.cancel_dump_traceback_later()
            results.write(json.dumps({"name": module["name"], **result}) + "\n")
            if gil_enabled() or "error" in result:
                break  # what is half imported would make the next one fail in its own way
    sys.stdout.flush()
    os._exit(0)  # what modules do when the interpreter ends is not what is asked


def limit(seconds: int) -> None:
    """Bounds what the modules may use, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CPU, (4 * seconds, 4 * seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def gil_enabled() -> bool:
    """Whether the GIL is on now."""
    ask = getattr(sys, "_is_gil_enabled", None)
    return ask is None or bool(ask())


def tried(do: Callable[[Module], Result], module: Module) -> Result:
    """What happened, whatever it was: modules raise SystemExit too."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = do(module)
        except BaseException as error:  # noqa: BLE001 - see above
            found = {"error": [type(error).__name__, str(error)[:500], missing(error)], "in": _failing(module)}
    said = (WARNED.search(str(one.message)) for one in caught)
    return {"gil": gil_enabled(), "by": [match[1] for match in said if match], **found}


def missing(error: BaseException | None) -> str | None:
    """The module that is not there, if that is why an import failed: binding libraries raise an error of their own."""
    for _ in range(DEEPEST):
        if isinstance(error, ModuleNotFoundError):
            return error.name
        error = (error.__cause__ or error.__context__) if error is not None else None
    return None


def _failing(module: Module) -> str | None:
    """The package whose import failed, and with it that of all that is in it."""
    parents = module["name"].split(".")[:-1]
    packages = [".".join(parents[:end]) for end in range(1, len(parents) + 1)]
    return next((package for package in packages if package not in sys.modules), None)


def import_by_name(module: Module) -> Result:
    """Imports it as its users do, its package first."""
    importlib.import_module(module["name"])
    return {}


def create_alone(module: Module) -> Result:
    """Loads the file without its package; what is in a Py_mod_exec slot does not run."""
    loader = importlib.machinery.ExtensionFileLoader(module["name"], module["file"])
    spec = importlib.machinery.ModuleSpec(module["name"], loader, origin=module["file"])
    _KEPT.append(importlib.util.module_from_spec(spec))
    return {}


def initialise(module: Module) -> Result:
    """Calls PyInit or PyModExport, and reads the slots that it returns; a module in a single phase is a whole one."""
    library = ctypes.PyDLL(module["file"])
    export = getattr(library, "PyModExport" + module["mangled"], None) if sys.version_info >= (3, 15) else None
    if export is not None:
        export.restype = ctypes.c_void_p
        return {"slots": slots(export(), 0, wide=True)}
    init = getattr(library, "PyInit" + module["mangled"])
    init.restype = ctypes.py_object
    made = init()
    _KEPT.append(made)
    if type(made).__name__ != "moduledef":
        return {"single": True}
    pointer = ctypes.sizeof(ctypes.c_void_p)
    # PyModuleDef: the object's head, three pointers of PyModuleDef_Base, four members, then m_slots.
    address = ctypes.c_void_p.from_address(id(made) + object.__basicsize__ + 7 * pointer).value
    return {"slots": slots(address, 0, wide=False) if address else []}


def slots(address: int, depth: int, *, wide: bool) -> list[tuple[int, int]]:
    """Number and value of each slot; of those that hold more slots, these."""
    found: list[tuple[int, int]] = []
    number_of = ctypes.c_uint16 if wide else ctypes.c_uint32
    pointer = ctypes.sizeof(ctypes.c_void_p)
    value, size = (8, 16) if wide else (pointer, 2 * pointer)
    for at in range(address, address + MOST_SLOTS * size, size):
        number = number_of.from_address(at).value
        if number == 0:
            break
        if number > LAST_SLOT:
            raise ValueError("what it returns are no slots")
        held = ctypes.c_void_p.from_address(at + value).value or 0
        if number in {MOD_SLOTS, SUBSLOTS} and depth < DEEPEST:
            found += slots(held, depth + 1, wide=number == SUBSLOTS)
        else:
            found.append((number, held))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
