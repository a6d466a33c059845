"""Mutated libraries through what reads wheels.

python -m tests.fuzz.wheels COUNT [LIBRARY...]

Without libraries it changes small ones for Windows and macOS, and one that is compiled here. Exits with 1 when a mutant
crashes what reads it, or holds it up; every such mutant is kept in build/fuzz.
"""

import sys
import tempfile
from pathlib import Path

from tests.ext.build import compile_extension
from tests.wheel.libraries import dll, dylib, mutants, universal

from ungil.wheel.model import Binary
from ungil.wheel.reading import Reader, Unread

BATCH = 100
SLOTS = [(2, 0), (4, 1)]
BAD = ("what read it", "could not be read within", "too many others")


def main(count: int, named: list[str]) -> int:
    """The exit code."""
    found = 0
    seeds = range(count // BATCH)
    with Reader() as reader, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, module, data in libraries(folder, named):
            bad = sum(batch(reader, folder, title, module, mutants(data, BATCH, seed)) for seed in seeds)
            print(f"{title}: {count // BATCH * BATCH} mutants, {bad} crashed what reads them or held it up")
            found += bad
    return int(found > 0)


def libraries(folder: Path, named: list[str]) -> list[tuple[str, str, bytes]]:
    """A title, a module's name, and the bytes of each library to change."""
    if named:
        return [(Path(one).name, Path(one).name.partition(".")[0], Path(one).read_bytes()) for one in named]
    compiled = compile_extension("says", folder, "SLOT=Py_MOD_GIL_NOT_USED").read_bytes()
    intel = ("x86_64", dylib(SLOTS, architecture="x86_64"))
    return [
        ("PE", "spam", dll(SLOTS)),
        ("Mach-O", "spam", dylib(SLOTS)),
        ("universal Mach-O", "spam", universal(("arm64", dylib(SLOTS)), intel)),
        ("ELF", "says", compiled),
    ]


def batch(reader: Reader, folder: Path, title: str, module: str, changed: list[bytes]) -> int:
    """How many of these mutants were not read to their end."""
    files = []
    for number, data in enumerate(changed):
        path = folder / f"{number}.so"
        path.write_bytes(data)
        files.append(Unread(path.name, path, module))
    bad = [one for one in reader.binaries(files) if one.problem.startswith(BAD)]
    for one in bad:
        keep(title, one, changed[int(one.path.partition(".")[0])])
    return len(bad)


def keep(title: str, binary: Binary, data: bytes) -> None:
    """The mutant, and why it is kept."""
    kept = Path("build/fuzz") / f"{title.replace(' ', '-')}-{abs(hash(data)):x}.bin"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    print(f"{kept}: {binary.problem}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
