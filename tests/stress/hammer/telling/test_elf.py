"""Functions in ELF files, and files that are none."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from ungil.stress.hammer.telling import elf

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there are extensions ELF files")


@pytest.fixture(scope="module")
def twins(racy_path: Path) -> elf.ObjectFile:
    """The extension with the racy twins."""
    found = elf.read(str(racy_path))
    assert found is not None
    return found


def address_of(twins: elf.ObjectFile, name: str) -> tuple[int, int]:
    """Where a function lies, as the file's own tables say."""
    for address in range(0x1000, 0x4000, 4):
        function = twins.function(address)
        if function and function.name == name:
            return function.begin, function.end
    raise LookupError(name)


def test_a_function_is_found_by_each_of_its_addresses(twins: elf.ObjectFile) -> None:
    """From its first byte to its last, and not by the one behind that."""
    begin, end = address_of(twins, "integer_increment")
    assert {function.name for address in range(begin, end) if (function := twins.function(address))} == {
        "integer_increment"
    }
    behind = twins.function(end)
    assert behind is None or behind.name != "integer_increment"


def test_what_is_exported_lies_where_the_loader_says(twins: elf.ObjectFile, racy_path: Path) -> None:
    """The address of the init function is the one at which it is loaded, apart from where the file was moved to."""
    loaded = ctypes.CDLL(str(racy_path))
    begin, _ = address_of(twins, "PyInit_racy")
    init = ctypes.cast(loaded.PyInit_racy, ctypes.c_void_p).value
    assert init is not None
    assert init % 0x1000 == begin % 0x1000


def test_a_stripped_file_names_what_it_exports_and_nothing_else(racy_path: Path, tmp_path: Path) -> None:
    """An address in a function whose name is gone is not taken for one of the function before it."""
    begin, _ = address_of(elf.ObjectFile(racy_path.read_bytes()), "integer_increment")
    stripped = tmp_path / "stripped.so"
    subprocess.run(["strip", "-o", stripped, racy_path], check=True, timeout=60)
    twins = elf.ObjectFile(stripped.read_bytes())
    assert twins.function(begin) is None
    assert address_of(twins, "PyInit_racy")


def test_an_offset_in_the_file_is_an_address(twins: elf.ObjectFile) -> None:
    """Code has one, what is behind the end of the file has none."""
    begin, _ = address_of(twins, "integer_increment")
    assert any(twins.address(offset) == begin for offset in range(begin + 1))
    assert twins.address(1 << 40) is None


@pytest.mark.parametrize("size", [0, 3, 6, 63, 64, 200, 3000])
def test_a_file_that_ends_too_early_is_none(racy_path: Path, size: int) -> None:
    """Tables that lie outside the file are an error of the file, and no crash."""
    with pytest.raises(ValueError, match="ELF"):
        elf.ObjectFile(racy_path.read_bytes()[:size])


def test_bytes_that_are_wrong_do_no_harm(racy_path: Path) -> None:
    """Whichever byte of the header is wrong, the file is read or refused."""
    data = racy_path.read_bytes()
    for index in range(64):
        broken = bytearray(data)
        broken[index] ^= 0xFF
        try:
            elf.ObjectFile(bytes(broken)).function(0x1300)
        except ValueError:
            continue


def test_what_is_not_there_is_not_read(tmp_path: Path) -> None:
    """No file, and no ELF file, are nothing."""
    (tmp_path / "text").write_text("text")
    assert elf.read(str(tmp_path / "text")) is None
    assert elf.read(str(tmp_path / "nothing")) is None
