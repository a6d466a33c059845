"""The difference of two texts, as a patch."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from ungil.codemod.patch import diff

FUNCTION = "int f%d(void)\n{\n    if (a) {\n        b();\n    }\n    return %d;\n}\n\n"
LONG = "".join(FUNCTION % (n, n) for n in range(200))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb\nc\n", b"a\nx\nc\n"),
        (b"a\nb", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a\r\nb\r\n", b"a\r\nx\r\nb\r\n"),
        ("ü\nä\n".encode(), "ü\nß\n".encode()),
        (b"\xff\nb\n", b"\xff\nc\n"),
    ],
    ids=["lines", "no end", "an end", "CR LF", "Unicode", "no UTF-8"],
)
def test_a_patch_makes_the_new_file_of_the_old(tmp_path: Path, old: bytes, new: bytes) -> None:
    """It applies with git to the old text, and the result is the new one, to the byte."""
    (tmp_path / "x.c").write_bytes(old)
    patch = "".join(diff({"x.c": (old, new)})).encode("utf-8", "surrogateescape")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, check=True, timeout=60)
    assert (tmp_path / "x.c").read_bytes() == new


def test_a_brace_that_stays_is_not_shown_as_changed() -> None:
    """In a long file, where braces are many, a patch shows what was put there and nothing else."""
    new = LONG.replace("    return 7;\n", "    c();\n    return 7;\n").replace("    return 9;\n", "    return 90;\n")
    patch = "".join(diff({"x.c": (LONG.encode(), new.encode())})).splitlines()
    assert [line for line in patch[2:] if line[0] in "+-"] == ["+    c();", "-    return 9;", "+    return 90;"]


@pytest.mark.parametrize("seed", range(5))
def test_any_patch_applies(tmp_path: Path, seed: int) -> None:
    """Whatever lines come, go and repeat, git makes the new text of the old one."""
    choose = random.Random(seed)  # noqa: S311 - no secret
    old = [choose.choice("abcdefgh") for _ in range(60)]
    new = [line for line in old if choose.random() < 0.8]
    for _ in range(10):
        new.insert(choose.randrange(len(new)), choose.choice("abcxyz"))
    before, after = ("".join(f"{line}\n" for line in lines).encode() for lines in (old, new))
    (tmp_path / "x.c").write_bytes(before)
    patch = "".join(diff({"x.c": (before, after)})).encode()
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, check=True, timeout=60)
    assert (tmp_path / "x.c").read_bytes() == after
