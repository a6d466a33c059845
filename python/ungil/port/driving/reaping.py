"""Runs in the project's environment: its tests, and what they do to the extension is written down.

python -m ungil.port.driving.reaping TARGET FOLDER SECONDS ARGUMENTS...    prints one object of JSON, last

The arguments are pytest's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ungil.errors import HarvestError
from ungil.stress.harvest.run import harvest


def main(target: str, folder: str, seconds: str, *arguments: str) -> dict[str, object]:
    """The number of operations, and notes; or why there are none."""
    try:
        found = harvest(target, arguments, Path(folder), deadline=float(seconds))
    except HarvestError as error:
        return {"operations": 0, "notes": [error.happened], "said": error.advice}
    return {"operations": found.operations, "notes": found.notes(), "said": ""}


if __name__ == "__main__":
    sys.stdout.write(f"\n{json.dumps(main(*sys.argv[1:]))}\n")
