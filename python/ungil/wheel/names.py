"""What names say: of a wheel's file, and of the modules in it.

Where an interpreter looks for a module ``spam`` (``importlib.machinery.EXTENSION_SUFFIXES``, as observed):

    3.14    .cpython-314-PLATFORM.so   .abi3.so   .so
    3.14t   .cpython-314t-PLATFORM.so  .abi3.so   .so     it does take a GIL-only .abi3.so, and fails
    3.15    .cpython-315-PLATFORM.so   .abi3-PLATFORM.so   .abi3.so   .abi3t-PLATFORM.so  .abi3t.so  .so
    3.15t   .cpython-315t-PLATFORM.so  .abi3t-PLATFORM.so  .abi3t.so  .so

On Windows: .cp314-win_amd64.pyd, .cp314t-win_amd64.pyd, and .pyd.
"""

from __future__ import annotations

import re

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from ungil.errors import WheelError
from ungil.wheel.model import Suffix

__all__ = [
    "free_threaded_versions",
    "is_free_threaded",
    "is_library",
    "mangled",
    "module_name",
    "parsed",
    "placed",
    "suffix_of",
]

_SUFFIX = re.compile(
    r"""(?: \.cpython-(?P<unix>3\d+[a-z]*)(?:-(?P<on>[\w-]+))? | \.(?P<abi>abi3t?)(?:-(?P<where>[\w-]+))?
          | \.(?P<windows>cp3\d+[a-z]*)-(?P<win>\w+) | \.(?P<other>(?:pypy|graalpy)[\w-]*) )?
        \.(?:so|pyd)$""",
    re.VERBOSE,
)
_LIBRARY = re.compile(r"\.(?:so|pyd|dylib|dll)(?:\.\d+)*$", re.IGNORECASE)
_DATA = re.compile(r"[^/]+-[^/]+\.data/(?P<scheme>[^/]+)/(?P<rest>.+)", re.DOTALL)
_ABI = re.compile(r"cp3(\d+)t?$")
_FIRST_ABI3T = 15  # the minor version that brought abi3t


def parsed(filename: str) -> tuple[str, Version, frozenset[Tag]]:
    """Name, version and tags of a wheel.

    Raises:
        WheelError: no wheel is called that.
    """
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise WheelError(
            f"'{filename}' is not a wheel's name: {error}.", "Wheels are called NAME-VERSION-PYTHON-ABI-PLATFORM.whl."
        ) from error
    return str(name), version, tags


def is_free_threaded(tag: Tag) -> bool:
    """Whether a free-threaded interpreter installs what has this tag, and no other does."""
    return tag.abi == "abi3t" or (_ABI.match(tag.abi) is not None and tag.abi.endswith("t"))


def free_threaded_versions(tags: frozenset[Tag]) -> list[str]:
    """The versions, ``3.14t``, whose free-threaded interpreters install a wheel with these tags; of abi3t the first."""
    found = set()
    for tag in tags:
        version = _ABI.match(tag.abi if tag.abi != "abi3t" else tag.interpreter)
        if is_free_threaded(tag) and version is not None:
            found.add(max(int(version[1]), _FIRST_ABI3T) if tag.abi == "abi3t" else int(version[1]))
    return [f"3.{minor}t" for minor in sorted(found)]


def is_library(path: str) -> bool:
    """Whether a file is called like a shared library."""
    return _LIBRARY.search(path) is not None


def suffix_of(path: str) -> Suffix | None:
    """What follows a module's name in its file's; None if no module of CPython is called that."""
    match = _SUFFIX.search(path.rpartition("/")[2])
    if match is None or match["other"]:
        return None
    abi = f"cp{match['unix']}" if match["unix"] else match["abi"] or match["windows"] or ""
    return Suffix(match[0], abi, match["on"] or match["where"] or match["win"] or "")


def module_name(path: str, suffix: Suffix) -> str | None:
    """The name that a file is imported by, once it is installed; None if its path is no module's."""
    place = placed(path)
    parts = place.removesuffix(suffix.text).split("/") if place is not None else []
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()  # a package that is a library itself is called, and initialised, as the package
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def placed(path: str) -> str | None:
    """Where a file of a wheel is installed, from site-packages on; None if that is elsewhere."""
    data = _DATA.fullmatch(path)
    if data is None:
        return path
    return data["rest"] if data["scheme"] in {"purelib", "platlib"} else None


def mangled(name: str) -> str:
    """What follows ``PyInit`` in the name of a module's init function (PEP 489)."""
    if name.isascii():
        return f"_{name}"
    return "U_" + name.encode("punycode").replace(b"-", b"_").decode()
