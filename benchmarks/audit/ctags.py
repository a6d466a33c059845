"""Universal Ctags, as the second opinion on where functions are defined."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ungil.source import Language, Source

__all__ = ["bare", "definitions"]

_TIMEOUT = 600.0  # seconds for one release


def definitions(folder: Path, sources: Sequence[Source]) -> dict[str, dict[tuple[int, str], int]]:
    """Per path, each function's line and name, and the line where its body ends."""
    if shutil.which("ctags") is None:
        raise SystemExit("truth: there is no ctags: install Universal Ctags (on Debian: apt install universal-ctags)")
    found: dict[str, dict[tuple[int, str], int]] = {}
    for language in Language:
        for tag in _tags(folder, [one.path for one in sources if one.language is language], language):
            place = int(tag["line"]), bare(tag["name"])
            found.setdefault(tag["path"], {})[place] = int(tag.get("end", tag["line"]))
    return found


def _tags(folder: Path, paths: Sequence[str], language: Language) -> list[dict[str, str]]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listed:
        listed.write("\n".join(paths))
        listed.flush()
        command = ["ctags", "--quiet", "--options=NONE", f"--language-force={language.value}", "--output-format=json"]
        command += [f"--kinds-{language.value}=f", "--fields=+ne", "--sort=no", "-L", listed.name, "-f", "-"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=_TIMEOUT)
    tags = [json.loads(line) for line in done.stdout.decode(errors="replace").splitlines()]
    return [tag for tag in tags if tag["_type"] == "tag" and not tag["name"].startswith("__anon")]


def bare(name: str) -> str:
    """A name without what the two spell differently: spaces and template arguments."""
    name = "".join(name.split())
    return name if name.startswith("operator") else name.partition("<")[0]
