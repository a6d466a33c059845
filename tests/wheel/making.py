"""Wheels made by hand, right or wrong in one way."""

import base64
import hashlib
import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

FREE_THREADED = "spam-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"


def metadata(filename: str, *, tags: str | None = None, metadata: str = "") -> dict[str, bytes]:
    """The WHEEL and METADATA of a wheel of that name; `tags` replaces those of its name."""
    name, version, *rest = filename.removesuffix(".whl").split("-")
    folder = f"{name}-{version}.dist-info"
    python, abi, platform = rest[-3:]
    expanded = [f"{p}-{a}-{s}" for p in python.split(".") for a in abi.split(".") for s in platform.split(".")]
    lines = [f"Tag: {tag}" for tag in ([tags] if tags else expanded)]
    return {
        f"{folder}/WHEEL": "\n".join(["Wheel-Version: 1.0", "Root-Is-Purelib: false", *lines, ""]).encode(),
        f"{folder}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n".encode(),
    }


def record(filename: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The RECORD of these files."""
    path = "-".join(filename.split("-")[:2]) + ".dist-info/RECORD"
    rows = [f"{name},sha256={digest(data)},{len(data)}" for name, data in files.items()]
    return {path: "\n".join([*rows, f"{path},,", ""]).encode()}


def digest(data: bytes) -> str:
    """As RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def make_wheel(folder: Path, files: Mapping[str, bytes], filename: str = FREE_THREADED, **said: str) -> Path:
    """A wheel with these files, whose metadata and RECORD are right but for what is `said`."""
    whole = {**files, **metadata(filename, **said)}
    target = folder / filename
    target.write_bytes(packed(whole | record(filename, whole)))
    return target


def packed(files: Mapping[str, bytes]) -> bytes:
    """An archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def member(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    """A member whose name and kind are taken as they are."""
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.create_system = 3
    return info


def packed_members(*members: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """An archive of them, even where two have the same name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for info, data in members:
            archive.writestr(info, data)
    return stream.getvalue()


def patched(archive: bytes, signature: bytes, offset: int, value: int) -> bytes:
    """With a 16-bit field changed in every header that begins with a signature."""
    changed = bytearray(archive)
    at = archive.find(signature)
    while at >= 0:
        struct.pack_into("<H", changed, at + offset, value)
        at = archive.find(signature, at + 4)
    return bytes(changed)


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
