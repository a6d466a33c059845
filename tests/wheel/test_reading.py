"""Reading binaries: what each says, and that none can harm or hold up who asks."""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ext.build import compile_extension
from tests.sync.builds import GIL_ENABLED
from tests.wheel.libraries import BASE, CODE, dll, dylib, mutants, universal

from ungil.wheel.model import Binary, Build, Verdict
from ungil.wheel.reading import Reader, Unread

DECLARED, USED, UNSAID = [(2, BASE + CODE), (4, 1)], [(4, 0)], [(3, 1)]
FOR_315 = [(85, 0), (87, 1)]
ELF_ONLY = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="compiles what it reads as ELF")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One process for all tests."""
    with Reader() as one:
        yield one


def read(reader: Reader, folder: Path, *files: bytes, module: str | None = "spam") -> list[Binary]:
    """What is said of files with these bytes."""
    wanted = []
    for number, data in enumerate(files):
        path = folder / f"{number}.so"
        path.write_bytes(data)
        wanted.append(Unread(path.name, path, module))
    return reader.binaries(wanted)


def verdict(binary: Binary) -> Verdict:
    """What a module says."""
    assert binary.declaration is not None
    return binary.declaration.verdict


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (DECLARED, Verdict.DECLARED),
        (USED, Verdict.GIL_USED),
        (UNSAID, Verdict.NOT_DECLARED),
        (FOR_315, Verdict.DECLARED),
        ([], Verdict.UNKNOWN),
        ([(4, 7)], Verdict.UNKNOWN),
        ([(4, 1), (4, 0)], Verdict.UNKNOWN),
    ],
)
def test_slots_are_read_in_every_format(
    tmp_path: Path, reader: Reader, slots: list[tuple[int, int]], expected: Verdict
) -> None:
    """PE and Mach-O, x86-64 and arm64: the same slots are the same verdict."""
    files = (dll(slots), dylib(slots), dylib(slots, architecture="x86_64"))
    found = read(reader, tmp_path, *files)
    assert [(one.container, one.architectures) for one in found] == [
        ("PE", ("x86_64",)),
        ("Mach-O", ("arm64",)),
        ("Mach-O", ("x86_64",)),
    ]
    assert [verdict(one) for one in found] == [expected] * 3


def test_a_universal_file_is_as_bad_as_its_worst_part(tmp_path: Path, reader: Reader) -> None:
    """Where one processor's part declares nothing, the module does not, and which one it is, is said."""
    good = universal(("x86_64", dylib(DECLARED, architecture="x86_64")), ("arm64", dylib(DECLARED)))
    bad = universal(("x86_64", dylib(DECLARED, architecture="x86_64")), ("arm64", dylib(UNSAID)))
    first, second = read(reader, tmp_path, good, bad)
    assert first.architectures == ("x86_64", "arm64")
    assert (verdict(first), verdict(second)) == (Verdict.DECLARED, Verdict.NOT_DECLARED)
    assert second.declaration is not None
    assert second.declaration.how.endswith("(for arm64)")


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (FOR_315, Verdict.DECLARED),
        ([(87, 0)], Verdict.GIL_USED),
        ([(100, 5), (103, 7)], Verdict.NOT_DECLARED),
        ([], Verdict.UNKNOWN),
    ],
)
def test_the_slots_of_an_export_hook_are_read(
    tmp_path: Path, reader: Reader, slots: list[tuple[int, int]], expected: Verdict
) -> None:
    """What PyModExport returns, on x86-64 and arm64, is read like what PyInit hands over."""
    files = (dll(slots, hook=True), dylib(slots, hook=True), dylib(slots, architecture="x86_64", hook=True))
    found = read(reader, tmp_path, *files)
    assert [verdict(one) for one in found] == [expected] * 3
    assert {one.entries for one in found} == {("PyModExport_spam",)}


@pytest.mark.parametrize(
    ("data", "build"),
    [
        (dll(DECLARED), Build.FREE_THREADED),
        (dll(DECLARED, python="python314.dll"), Build.GIL_ENABLED),
        (dll(DECLARED, python="python3.dll"), Build.GIL_ENABLED),
        (dll(DECLARED, python="python3t.dll"), Build.UNKNOWN),
        (dylib(DECLARED), Build.FREE_THREADED),
        (dylib(DECLARED, head=16), Build.GIL_ENABLED),
    ],
)
def test_the_build_shows_in_the_dll_and_in_the_layout(
    tmp_path: Path, reader: Reader, data: bytes, build: Build
) -> None:
    """The name of Python's DLL decides, abi3t's for neither; without one, the head of the definition does."""
    (found,) = read(reader, tmp_path, data)
    assert (found.build, verdict(found)) == (build, Verdict.DECLARED)
    assert bool(found.build_seen) is (build is not Build.UNKNOWN)


def test_a_module_that_another_library_makes_is_unknown(tmp_path: Path, reader: Reader) -> None:
    """As cffi's are: nothing in the file tells."""
    (found,) = read(reader, tmp_path, dll(DECLARED, function="PyImport_ImportModule"))
    assert found.declaration is not None
    assert (verdict(found), found.declaration.how) == (Verdict.UNKNOWN, "another library makes the module")


def test_a_library_without_the_init_function_is_told(tmp_path: Path, reader: Reader) -> None:
    """Its name is not that of a module in it."""
    (found,) = read(reader, tmp_path, dll(DECLARED), module="eggs")
    assert found.entries == ("PyInit_spam",)
    assert found.declaration is not None
    assert "neither PyInit_eggs nor PyModExport_eggs" in found.declaration.how


def test_a_single_phase_without_the_call_declares_nothing(tmp_path: Path, reader: Reader) -> None:
    """What makes the module at once, and does not even import the function that could say so."""
    (found,) = read(reader, tmp_path, dll([], function="PyModule_Create2"))
    assert verdict(found) is Verdict.NOT_DECLARED


SAYS = {
    "declared": (["SLOT=Py_MOD_GIL_NOT_USED"], Verdict.DECLARED),
    "used": (["SLOT=Py_MOD_GIL_USED"], Verdict.GIL_USED),
    "nothing": ([], Verdict.NOT_DECLARED),
    "filled": (["FILLED", "SLOT=Py_MOD_GIL_NOT_USED"], Verdict.UNKNOWN),
    "single": (["SINGLE_PHASE"], Verdict.NOT_DECLARED),
    "set": (["SINGLE_PHASE", "SET_GIL=Py_MOD_GIL_NOT_USED"], Verdict.DECLARED),
    "set_used": (["SINGLE_PHASE", "SET_GIL=Py_MOD_GIL_USED"], Verdict.GIL_USED),
}
if sys.version_info >= (3, 15):
    SAYS["hook"] = (["EXPORT_HOOK", "SLOT=Py_MOD_GIL_NOT_USED"], Verdict.DECLARED)


@ELF_ONLY
@pytest.mark.parametrize("case", SAYS)
def test_what_a_compiler_makes_is_read(tmp_path: Path, reader: Reader, case: str) -> None:
    """Slots, single phases and export hooks, as this interpreter's headers and the C compiler lay them out."""
    macros, expected = SAYS[case]
    if case.startswith("set") and GIL_ENABLED:
        pytest.skip("PyUnstable_Module_SetGIL is there in free-threaded builds alone")
    path = compile_extension("says", tmp_path, *macros)
    (found,) = reader.binaries([Unread(path.name, path, "says")])
    assert (found.problem, found.container) == ("", "ELF")
    assert (verdict(found), found.declaration) == (expected, found.declaration)
    assert found.build is (Build.GIL_ENABLED if GIL_ENABLED else Build.FREE_THREADED)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither ELF nor PE nor Mach-O"),
        (b"INPUT(libspam.so.1)", "neither ELF nor PE nor Mach-O"),
        (b"\x7fELF", ""),
        (b"\x7fELF" + bytes(range(256)) * 16, ""),
        (b"MZ" + bytes(1000), ""),
        (b"MZ" + b"\xff" * 1000, ""),
        (b"\xcf\xfa\xed\xfe" + b"\xff" * 1000, ""),
        (b"\xca\xfe\xba\xbe\xff\xff\xff\xff" + bytes(1000), ""),
        (b"\xca\xfe\xba\xbe" + bytes(4), ""),
    ],
)
def test_garbage_is_a_problem_of_the_file(tmp_path: Path, reader: Reader, data: bytes, said: str) -> None:
    """It cannot be read, why is said, and the next file is read as if nothing had been."""
    found, good = read(reader, tmp_path, data, dll(DECLARED))
    assert found.problem
    assert said in found.problem
    assert found.declaration is None
    assert verdict(good) is Verdict.DECLARED


def elf_header(**changed: int) -> bytes:
    """An ELF header for a shared library, with fields changed, and some bytes behind it."""
    fields = {"phoff": 64, "shoff": 64, "phnum": 1, "shnum": 1, "shstrndx": 0} | changed
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, fields["phoff"], fields["shoff"], 0, 64, 56, fields["phnum"], 64, fields["shnum"], fields["shstrndx"])  # fmt: skip # noqa: E501
    return head + struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 1 << 62, 1 << 62, 0) + bytes(500)


@pytest.mark.parametrize(
    "data",
    [
        elf_header(shnum=0xFFFF, shoff=64),
        elf_header(shnum=0, shoff=64),
        elf_header(shoff=1 << 63, phoff=1 << 63),
        elf_header(phnum=0xFFFF),
        elf_header(shstrndx=0xFFFF),
        dll(DECLARED)[:0x86] + b"\xff\xff" + dll(DECLARED)[0x88:],
        dylib(DECLARED)[:16] + b"\xff\xff\xff\x7f" + dylib(DECLARED)[20:],
    ],
    ids=["sections", "sections elsewhere", "offsets", "segments", "names", "PE sections", "load commands"],
)
def test_tables_that_claim_to_be_huge_end(tmp_path: Path, reader: Reader, data: bytes) -> None:
    """Counts and offsets beyond the file cost neither memory nor time, whatever is then said of the file."""
    _, good = read(reader, tmp_path, data, dll(DECLARED))
    assert verdict(good) is Verdict.DECLARED


@pytest.mark.parametrize("make", [dll, dylib], ids=["PE", "Mach-O"])
def test_a_file_that_is_cut_off_is_not_said_to_declare_anything_else(
    tmp_path: Path, reader: Reader, make: object
) -> None:
    """At whatever length: it is unreadable, unknown, or says what the whole file says."""
    assert callable(make)
    whole = make(DECLARED)
    found = read(reader, tmp_path, *(whole[:length] for length in range(0, len(whole), 257)))
    said = {verdict(one) for one in found if not one.problem}
    assert said <= {Verdict.DECLARED, Verdict.UNKNOWN}
    assert any(one.problem for one in found)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["PE", "Mach-O", "universal", "ELF"])
def test_mutated_libraries_neither_crash_nor_hold_up_who_asks(
    tmp_path: Path, reader: Reader, kind: str, seed: int
) -> None:
    """Whatever is changed in a library, every file is answered for."""
    if kind == "ELF" and not sys.platform.startswith("linux"):
        pytest.skip("compiles what it changes")
    data = {
        "PE": lambda: dll(DECLARED),
        "Mach-O": lambda: dylib(DECLARED),
        "universal": lambda: universal(("arm64", dylib(DECLARED))),
        "ELF": lambda: compile_extension("says", tmp_path, "SLOT=Py_MOD_GIL_NOT_USED").read_bytes(),
    }[kind]()
    changed = mutants(data, 60, seed)
    found = read(reader, tmp_path, *changed, module="says" if kind == "ELF" else "spam")
    assert [one.path for one in found] == [f"{number}.so" for number in range(len(changed))]
    assert all(one.problem or one.declaration is not None for one in found)


# Programs in the place of the one that reads; each answers for the first file, and then does what it is called.
_ANSWERS = """
import json, os, signal, sys, time
for line in sys.stdin:
    request = json.loads(line)
    with open(request["answer"], "w") as answer:
        fine = {"path": request["files"][0]["path"], "architectures": [], "libraries": [], "entries": [],
                "build": "unknown", "declaration": None}
        answer.write(json.dumps(fine) + "\\n")
        answer.flush()
        {misbehaves}
    print(0, flush=True)
"""
_MISBEHAVIOUR = {
    "ends": "os._exit(0)",
    "crashes": "os.kill(os.getpid(), signal.SIGKILL)",
    "says that a copy crashed": "print(-11, flush=True); continue",
    "writes garbage": "answer.write('{{{{\\n[1]\\n{}\\n'); answer.flush()",
    "talks": "answer.write('x' * 1000000)",
}


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
@pytest.mark.parametrize("how", _MISBEHAVIOUR)
def test_who_reads_may_misbehave(tmp_path: Path, how: str) -> None:
    """Each file is answered for: those that were read, and those that were not with why."""
    script = tmp_path / "reads.py"
    script.write_text(_ANSWERS.replace("{misbehaves}", _MISBEHAVIOUR[how]))
    with Reader((str(script),), seconds=5) as one:
        found = read(one, tmp_path, *[b""] * 4)
    assert len(found) == 4
    assert [bool(binary.problem) for binary in found] == [False, True, False, True]


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_file_that_holds_up_who_reads_ends_with_a_deadline(tmp_path: Path) -> None:
    """The process is ended, and said to have been."""
    script = tmp_path / "reads.py"
    script.write_text("import time\ntime.sleep(1000)\n")
    with Reader((str(script),), seconds=0, start_seconds=1) as one:
        (found,) = read(one, tmp_path, b"")
    assert found.problem == "what read it ended"


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_crashes_again_and_again_is_given_up(tmp_path: Path) -> None:
    """Five crashes in one wheel are enough: the rest is not tried."""
    script = tmp_path / "reads.py"
    script.write_text("raise SystemExit\n")
    with Reader((str(script),)) as one:
        found = read(one, tmp_path, *[b""] * 8)
    assert [binary.problem for binary in found] == ["what read it ended"] * 5 + [
        "too many others crashed what reads"
    ] * 3
