"""Runs by itself, in the project's environment: which modules can be imported, and what the GIL does then.

python probe.py MODULE...    prints one object of JSON
"""

import importlib
import json
import sys


def main(names: list[str]) -> dict[str, object]:
    """Import the packages of the modules, then the modules that these have not brought."""
    failed: dict[str, str] = {}
    tops = sorted({name.partition(".")[0] for name in names})
    for top in tops:
        _import(top, failed)
    targets = [top for top in tops if top not in failed and any(_is_of(name, top) for name in names)]
    targets += [name for name in names if name not in sys.modules and _import(name, failed)]
    on = getattr(sys, "_is_gil_enabled", lambda: True)()
    return {"targets": targets, "failed": failed, "gil_on": on}


def _is_of(name: str, top: str) -> bool:
    return name.partition(".")[0] == top and name in sys.modules


def _import(name: str, failed: dict[str, str]) -> bool:
    try:
        importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - whatever importing it comes to
        failed[name] = f"{type(error).__name__}: {error}"
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main(sys.argv[1:]))}\n")
