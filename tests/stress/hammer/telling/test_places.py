"""Where instructions are, for people: with debug information, without, without names, without tools."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ext.build import HERE, compile_extension
from tests.programs import write_program

from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.telling import elf
from ungil.stress.hammer.telling.binutils import calls_around, demangled, lines_of
from ungil.stress.hammer.telling.origin import Origin, is_foreign, origin_of
from ungil.stress.hammer.telling.places import Place, Places, short_name

ROOT = HERE.parents[1]
SOURCE = "tests/ext/racy.c"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only there are extensions ELF files")


@pytest.fixture(scope="module")
def with_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The racy twins with debug information."""
    return compile_extension("racy", tmp_path_factory.mktemp("lines"), more=("-g",))


@pytest.fixture(scope="module")
def stripped(with_lines: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without any names but those that it exports."""
    target = tmp_path_factory.mktemp("stripped") / with_lines.name
    subprocess.run(["strip", "-o", target, with_lines], check=True, timeout=60)
    return target


def spots_in(path: Path, name: str) -> Iterator[Spot]:
    """Every byte of a function."""
    file = elf.ObjectFile(path.read_bytes())
    for offset in range(0x1000, 0x4000):
        address = file.address(offset)
        function = file.function(address) if address is not None else None
        if function and function.name == name:
            yield Spot(str(path), offset)


def line_of(text: str) -> int:
    """The line of the source with this text."""
    return (HERE / "racy.c").read_text().splitlines().index(text) + 1


@linux
def test_debug_information_leads_to_the_line(with_lines: Path) -> None:
    """Function, offset in it, and a line of the project, relative to its folder."""
    places = Places(ROOT)
    spots = list(spots_in(with_lines, "integer_increment"))
    places.find(spots)
    first = places[spots[0]]
    assert (first.function, first.offset) == ("integer_increment", 0)
    begin = line_of("static PyObject* integer_increment(PyObject* self, PyObject* unused) {")
    origins = [places[spot].origin for spot in spots]
    assert {origin.path for origin in origins if origin} == {SOURCE}
    assert {origin.line for origin in origins if origin} <= set(range(begin, begin + 6))
    assert str(first).startswith(f"integer_increment+0x0 ({SOURCE}:")


@linux
def test_without_debug_information_there_is_a_function(racy_path: Path) -> None:
    """The symbol table names it."""
    spot = list(spots_in(racy_path, "integer_exchange"))[4]
    place = Places(ROOT)[spot]
    assert place.origin is None
    assert place.name == "integer_exchange+0x4"


@linux
def test_without_names_there_is_a_file_and_an_offset(with_lines: Path, stripped: Path) -> None:
    """A function that has lost its name is not taken for its neighbour."""
    offset = next(spots_in(with_lines, "integer_exchange")).offset
    place = Places(ROOT)[Spot(str(stripped), offset)]
    assert (place.function, place.origin) == ("", None)
    assert str(place) == f"{stripped.name}+{offset:#x}"


@linux
@pytest.mark.thread_unsafe(reason="PATH is the whole process's")
def test_without_tools_there_is_a_function(with_lines: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there are no binary utilities, the symbol table is still read."""
    spot = next(spots_in(with_lines, "integer_exchange"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Places(ROOT)[spot] == Place(spot, "integer_exchange", 0)


@linux
def test_a_file_that_is_gone_is_a_name() -> None:
    """What is not there, and what is no place in a file, is told as it is."""
    places = Places(ROOT)
    assert str(places[Spot("/nowhere/_boxes.so", 0x12)]) == "_boxes.so+0x12"
    assert places[Spot("", 0x12)].function == ""


@linux
@pytest.mark.skipif(platform.machine() != "x86_64", reason="calls are told from x86-64's code")
def test_the_calls_around_a_place_are_named(racy_path: Path) -> None:
    """Only where no other way leads there, and none leads elsewhere."""
    spots = list(spots_in(racy_path, "integer_update"))
    places = Places(ROOT)
    places.find(spots)
    told = {places[spot].calls.told for spot in spots}
    assert "after the call of PyObject_CallFunction and before that of PyLong_AsLongLong" in told
    assert "before the call of PyObject_CallFunction" in told
    assert places[spots[-1]].calls.before != "PyObject_CallFunction"


def test_calls_are_told_from_a_listing(tmp_path: Path) -> None:
    """A place that a jump leads to has no call before it, and a branch hides the one behind it."""
    listing = """
0000000000001330 <f>:
    1330:\tpush   %r12
    1347:\tcall   1070 <PyObject_CallFunction@plt>
    134c:\ttest   %rax,%rax
    134f:\tje     1360 <f+0x30>
    1351:\tmov    %rax,%rdi
    1357:\tcall   *0x2fe2(%rip)        # 5fd8 <PyLong_AsLongLong@GLIBC_2.2>
    135c:\tmov    %rax,%r12
    1360:\tmov    %rbx,%rax
    1363:\tret
"""
    tool = tmp_path / "objdump"
    write_program(tool, f"#!/bin/sh\ncat <<'END'\n{listing}\nEND\n")
    around = run_with(tmp_path, "calls_around('x', 0x1330, 0x1364, [0x1330, 0x134c, 0x1351, 0x135c, 0x1360])")
    assert around == (
        "{4912: 'before the call of PyObject_CallFunction', 4940: 'after the call of PyObject_CallFunction', "
        "4945: 'after the call of PyObject_CallFunction and before that of PyLong_AsLongLong', "
        "4956: 'after the call of PyLong_AsLongLong', 4960: ''}"
    )


def run_with(tools: Path, call: str) -> str:
    """What a call of binutils comes to where these are the tools."""
    code = (
        "from ungil.stress.hammer.telling.binutils import calls_around\n"
        f"print({{address: calls.told for address, calls in {call}.items()}})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_tools_that_fail_say_nothing(tmp_path: Path) -> None:
    """A file that they cannot read has no lines, no calls, and names are what they are."""
    file = tmp_path / "text"
    file.write_text("text")
    assert lines_of(str(file), [1]) == {}
    assert calls_around(str(file), 0, 10, [1])[1].told == ""
    assert demangled(["f", "_Z1"])["f"] == "f"


@linux
def test_names_of_cxx_are_read(tmp_path: Path) -> None:
    """A method is told by its class and name, without parameters; an anonymous namespace is not taken for some."""
    source = tmp_path / "boxes.cpp"
    source.write_text(
        "namespace { struct Box { int items; __attribute__((noinline)) int get(int at) { return items + at; } }; }\n"
        'extern "C" int f(int at) { Box box{at}; return box.get(at); }\n'
    )
    library = tmp_path / "boxes.so"
    subprocess.run(["g++", "-O1", "-fPIC", "-shared", source, "-o", library], check=True, timeout=60)
    file = elf.ObjectFile(library.read_bytes())
    names = set()
    for offset in range(0x1000, 0x1400):
        names.add(Places(tmp_path)[Spot(str(library), offset)].function)
        if len(names) > 30:
            break
    assert file.knows_lines is False
    assert any(name.endswith("Box::get") for name in names), names


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("box_put", "box_put"),
        ("Map::get(int) const", "Map::get"),
        ("Map<int, std::vector<Box<int> > >::get(int) const", "Map::get"),
        ("std::_Hashtable<std::string, int>::_M_insert(unsigned long)", "std::_Hashtable::_M_insert"),
        ("void fill<int>(Box<int>&)", "fill"),
        ("Box::operator()(int)", "Box::operator()"),
        ("Box::operator<<(int)", "Box::operator<<"),
        ("Box::operator->() const", "Box::operator->"),
        ("(anonymous namespace)::Box::get(int)", "(anonymous namespace)::Box::get"),
        ("Box::{lambda(int)#1}::operator()(int) const", "Box::{lambda(int)#1}::operator()"),
        ("<boxes[b65e9cf2e2462575]::Box>::get", "boxes::Box::get"),
        ("<a[b65e9cf2e2462575]::Box<u8> as core[d4da5333de0993f7]::Get<fn() -> u8>>::get::<u8>", "a::Box::get"),
    ],
)
def test_names_of_cxx_and_rust_are_short(name: str, short: str) -> None:
    """Without parameters, template arguments and what is returned; an operator keeps its signs."""
    assert short_name(name) == short


def test_a_file_is_found_where_it_lies_in_the_project(tmp_path: Path) -> None:
    """Built elsewhere, a source is known by the end of its path; one of nobody is told as the build named it."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "map.c").write_text("int x;\n")
    assert origin_of("/project/src/map.c", 1, tmp_path) == Origin("src/map.c", 1, here=True)
    assert origin_of(str(tmp_path / "src" / "map.c"), 1, tmp_path) == Origin("src/map.c", 1, here=True)
    assert origin_of("./src/map.c", 1, tmp_path) == Origin("src/map.c", 1, here=True)
    assert origin_of("/project/src/list.c", 9, tmp_path) == Origin("/project/src/list.c", 9, here=False)
    assert origin_of("../src/map.c", 1, tmp_path) == Origin("src/map.c", 1, here=True)
    assert origin_of("/elsewhere/map.c", 1, tmp_path / "src").here is False


def test_a_line_that_cython_wrote_is_one_of_the_pyx(tmp_path: Path) -> None:
    """The comment above the code in the generated file says which."""
    (tmp_path / "boxes.pyx").write_text("cdef class Box:\n    cdef int items\n    def get(self): return self.items\n")
    generated = '/* Generated by Cython 3.1.2 */\nint a;\n/* "boxes.pyx":3\n *  def get(self)\n */\n  __pyx_r = 1;\n'
    (tmp_path / "boxes.c").write_text(generated)
    assert origin_of(str(tmp_path / "boxes.c"), 6, tmp_path) == Origin("boxes.pyx", 3, here=True)
    assert origin_of(str(tmp_path / "boxes.c"), 2, tmp_path) == Origin("boxes.c", 2, here=True)
    (tmp_path / "alone.c").write_text(generated.replace("boxes", "alone"))
    assert origin_of(str(tmp_path / "alone.c"), 6, tmp_path).path == "alone.c"


@pytest.mark.parametrize(
    ("path", "foreign"),
    [
        ("/usr/include/x86_64-linux-gnu/bits/string.h", True),
        ("/opt/python/include/python3.14t/object.h", True),
        ("/venv/lib/python3.14t/site-packages/nanobind/include/nanobind/nb_cast.h", True),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/include/stdatomic.h", True),
        ("/somewhere/project/src/python.c", False),
        ("src/include/map.h", False),
    ],
)
def test_headers_of_others_are_not_where_a_race_is_repaired(path: str, *, foreign: bool) -> None:
    """The system's, Python's and the binding libraries' are not; the project's own are."""
    assert is_foreign(path) is foreign
