"""A wheel's archive: what is refused, and that nothing of it reaches another place."""

import io
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.wheel.making import CENTRAL, LOCAL, make_wheel, member, metadata, packed, packed_members, patched

from ungil.errors import WheelError
from ungil.wheel.archive import Archive
from ungil.wheel.check import Run, check

NAME = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
GOOD = packed({"spam.py": b"x" * 500})


def opened(data: bytes) -> Archive:
    """The archive in these bytes."""
    return Archive(NAME, io.BytesIO(data))


def refusal(data: bytes, folder: Path) -> str:
    """What is said of an archive that cannot be opened, or cannot be unpacked into an empty folder."""
    with pytest.raises(WheelError) as caught:
        list(opened(data).unpack(folder / "in", lambda path: path))
    assert caught.value.advice
    return caught.value.happened


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "spam/../../evil.py",
        "/etc/evil.py",
        "spam//evil.py",
        "./evil.py",
        "C:evil.py",
        "C:/evil.py",
        "spam\\..\\evil.py",
        "spam/ev\x00il.py",
        "spam/ev\nil.py",
        "x" * 2000,
        "",
        "..",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """Before anything is written, whatever system the name means something on."""
    said = refusal(packed_members((member("spam.py"), b""), (member(name), b"evil")), tmp_path)
    assert NAME in said
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (stat.S_IFLNK | 0o777, "symbolic link"),
        (stat.S_IFIFO | 0o644, "neither a file nor a folder"),
        (stat.S_IFCHR | 0o644, "neither a file nor a folder"),
    ],
)
def test_only_files_and_folders_are_taken(tmp_path: Path, mode: int, said: str) -> None:
    """A link is not followed and a device not made: the archive is refused."""
    assert said in refusal(packed_members((member("spam.so", mode), b"/etc/passwd")), tmp_path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of the two an installer takes is left to chance."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed_members((member("spam.py"), b"good"), (member("spam.py"), b"evil"))
    assert "'spam.py' is there twice" in refusal(data, tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """A member below another member, which is a file, is refused."""
    assert "is a file and a folder" in refusal(packed({"spam": b"", "spam/core.py": b""}), tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda data: patched(patched(data, LOCAL, 6, 1), CENTRAL, 8, 1), "is encrypted", id="encrypted"),
        pytest.param(lambda data: patched(data, CENTRAL, 10, 93), "installers need not know", id="another packing"),
        pytest.param(lambda data: data[:-30], "is no wheel that can be read", id="cut off"),
        pytest.param(lambda data: data[:40], "is no wheel that can be read", id="cut off early"),
        pytest.param(lambda _: b"", "is no wheel that can be read", id="empty"),
        pytest.param(lambda _: b"\x7fELF" * 100, "is no wheel that can be read", id="no archive"),
        pytest.param(lambda data: data[:50] + b"\xff" * 8 + data[58:], "is no wheel that can be read", id="damaged"),
        pytest.param(
            lambda data: patched(data, LOCAL, 26, 6), "is no wheel that can be read", id="another name inside"
        ),
    ],
)
def test_what_is_damaged_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], said: str) -> None:
    """A clear error, whether it shows when the archive is opened or when a member is unpacked."""
    assert said in refusal(change(GOOD), tmp_path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """More than a hundred times its size, above a size that matters."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("spam.bin", "w") as large:
        for _ in range(80):
            large.write(bytes(1 << 20))
    assert re.search(r"it unpacks to [\d,]+ times its size", refusal(stream.getvalue(), tmp_path))
    assert list(tmp_path.rglob("*")) == []


def test_what_claims_to_be_endless_is_refused(tmp_path: Path) -> None:
    """The sizes that the archive claims count: more than there can be are refused without reading them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(3):
            info = member(f"{number}.bin")
            archive.writestr(info, b"")
            info.file_size = info.compress_size = 2 << 30
    assert "it unpacks to 6,144 MiB" in refusal(stream.getvalue(), tmp_path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    """A hundred thousand is more than any wheel has."""
    data = bytearray(packed_members((member("a"), b"")))
    start, end = data.find(CENTRAL), data.find(b"PK\x05\x06")
    entry = bytes(data[start:end])
    eocd = data[end:]
    many = 100_001
    central = entry * many
    offset = (start + len(central)).to_bytes(8, "little")
    zip64 = b"PK\x06\x06" + (44).to_bytes(8, "little") + bytes([45, 0, 45, 0]) + bytes(8)
    zip64 += many.to_bytes(8, "little") * 2 + len(central).to_bytes(8, "little") + start.to_bytes(8, "little")
    zip64 += b"PK\x06\x07" + bytes(4) + offset + (1).to_bytes(4, "little")
    eocd[8:20] = b"\xff" * 12
    assert "members, more than 100,000" in refusal(bytes(data[:start]) + central + zip64 + bytes(eocd), tmp_path)


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    """Two members that share their packed bytes unpack to more than the archive holds."""
    data = bytearray(packed_members((member("a.py"), b"x" * 100), (member("b.py"), b"x" * 100)))
    second = data.find(CENTRAL, data.find(CENTRAL) + 1)
    data[second + 42 : second + 46] = bytes(4)
    assert "lies within another" in refusal(bytes(data), tmp_path)


def test_what_is_not_refused_is_unpacked_where_it_belongs(tmp_path: Path) -> None:
    """Every file is read and hashed; those that have a place are written, and empty ones too."""
    files = {"spam/core.py": b"core", "spam/empty.py": b"", "other.bin": b"x" * 3_000_000}
    found = list(opened(packed(files)).unpack(tmp_path / "in", lambda path: path if path.endswith(".py") else None))
    assert [(one.path, one.size) for one in found] == [(path, len(data)) for path, data in files.items()]
    assert (tmp_path / "in" / "spam" / "core.py").read_bytes() == b"core"
    assert (tmp_path / "in" / "spam" / "empty.py").read_bytes() == b""
    assert not (tmp_path / "in" / "other.bin").exists()


def test_two_members_for_one_place_are_refused(tmp_path: Path) -> None:
    """What is installed to the same place by two ways is refused, and the first is not overwritten."""
    files = {"spam.so": b"first", "spam-1.0.data/platlib/spam.so": b"second"}
    wheel = make_wheel(tmp_path, files)
    with pytest.raises(WheelError, match="have the same place"):
        check(wheel, Run(allowed=False))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"spam.py": b""}, "it has no *.dist-info folder"),
        (metadata(NAME) | {"eggs-1.0.dist-info/WHEEL": b""}, "it has 2 folders called *.dist-info"),
    ],
)
def test_an_archive_that_is_no_wheel_is_told_so(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    """There has to be one folder that says what it is."""
    (tmp_path / NAME).write_bytes(packed(files))
    with pytest.raises(WheelError) as caught:
        check(tmp_path / NAME, Run(allowed=False))
    assert said in caught.value.happened


@pytest.mark.parametrize("name", ["spam.whl", "spam-1.0.zip", "spam-1.0-cp314.whl", "spam-x-py3-none-any.whl"])
def test_a_name_that_no_wheel_has_is_refused(tmp_path: Path, name: str) -> None:
    """The name says what the wheel is for: without one nothing can be checked."""
    (tmp_path / name).write_bytes(GOOD)
    with pytest.raises(WheelError, match="is not a wheel's name"):
        check(tmp_path / name, Run(allowed=False))
