"""Which interpreter loads which module: tags of wheels against names and kinds of binaries."""

from __future__ import annotations

import re

from packaging.tags import Tag

from ungil.wheel.model import Binary, Module, Suffix, Wheel
from ungil.wheel.names import is_free_threaded

__all__ = ["architecture", "free_threaded_modules", "loads", "only_version", "platform_problem"]

_VERSIONED = re.compile(r"cp3(?P<minor>\d+)(?P<t>t?)$")
_FIRST_ABI3T = 15
_FIRST_MUSL = 11  # the first version whose suffix names musl; before, it said -linux-gnu there too
_LAST_GIL_ABI3 = 14  # the last version whose free-threaded build picks up .abi3.so
_PLATFORM = re.compile(r"(?:(?P<linux>manylinux|musllinux|linux)|(?P<mac>macosx)|(?P<win>win))")
_ARCHITECTURES = (
    ("x86_64", "x86_64"),
    ("amd64", "x86_64"),
    ("aarch64", "arm64"),
    ("arm64", "arm64"),
    ("i686", "x86"),
    ("win32", "x86"),
    ("armv7l", "arm"),
    ("armv6l", "arm"),
    ("ppc64le", "ppc64"),
    ("s390x", "s390x"),
    ("riscv64", "riscv64"),
    ("loongarch64", "loongarch64"),
)
_TRIPLETS = {"i386": "x86", "i686": "x86", "aarch64": "arm64", "powerpc64le": "ppc64"}


def free_threaded_modules(wheel: Wheel) -> list[Module]:
    """The modules that a free-threaded interpreter loads from a wheel that is for it."""
    tags = [tag for tag in wheel.tags if is_free_threaded(tag)]
    return [module for module in wheel.modules if any(loads(tag, module.suffix) for tag in tags)]


def loads(tag: Tag, suffix: Suffix) -> bool:
    """Whether an interpreter that installs a wheel with this tag finds a module with this suffix."""
    return _finds_abi(tag, suffix.abi) and _finds_platform(tag.platform, suffix)


def only_version(tag: Tag, suffix: Suffix) -> str | None:
    """Of the versions that install a wheel with a stable-ABI tag, the one whose own suffix it is; None if none's."""
    if tag.abi not in {"abi3", "abi3t"} or is_free_threaded(tag) != suffix.abi.endswith("t"):
        return None
    minor = _minor(suffix.abi)
    if not minor or minor < _minor(tag.interpreter) or not _finds_platform(tag.platform, suffix):
        return None
    return f"3.{minor}{'t' if is_free_threaded(tag) else ''}"


def _finds_abi(tag: Tag, abi: str) -> bool:
    if not abi or tag.abi == "none":
        return True
    if tag.abi == "abi3":
        return abi == "abi3" or (abi == "abi3t" and _minor(tag.interpreter) >= _FIRST_ABI3T)
    if tag.abi == "abi3t":
        return abi == "abi3t"
    if abi == "abi3":
        return not tag.abi.endswith("t") or _minor(tag.abi) <= _LAST_GIL_ABI3
    if abi == "abi3t":
        return _minor(tag.abi) >= _FIRST_ABI3T
    return abi == tag.abi


def _minor(text: str) -> int:
    match = _VERSIONED.match(text)
    return int(match["minor"]) if match is not None else 0


def _finds_platform(platform: str, suffix: Suffix) -> bool:
    """Whether what a suffix says is this platform; what is not known is taken to be."""
    said = suffix.platform
    match = _PLATFORM.match(platform)
    if not said or match is None:
        return True
    if match["mac"]:
        return said == "darwin"
    if match["win"]:
        return said == platform
    if said == "darwin" or said.startswith("win"):
        return False
    if not 0 < _minor(suffix.abi) < _FIRST_MUSL and not _is_its_libc(platform, said):
        return False
    processor = said.partition("-")[0]
    expected = architecture(platform)
    return expected is None or _TRIPLETS.get(processor, processor) == expected or expected == "arm"


def _is_its_libc(platform: str, said: str) -> bool:
    if platform.startswith("linux") or not ("musl" in said or "gnu" in said):
        return True
    return ("musl" in said) == platform.startswith("musllinux")


def architecture(platform: str) -> str | None:
    """The processor that a platform tag names; None where it names several, or one that is not known."""
    return next((name for end, name in _ARCHITECTURES if platform.endswith(end)), None)


def platform_problem(tag: Tag, binary: Binary) -> str | None:
    """Why a binary cannot be loaded on a tag's platform."""
    match = _PLATFORM.match(tag.platform)
    if not binary.container:
        return None
    if match is None:
        return f"it is {binary.container} for {_listed(binary)}" if tag.platform == "any" else None
    container = "ELF" if match["linux"] else "Mach-O" if match["mac"] else "PE"
    if binary.container != container:
        return f"it is {binary.container}, not {container}"
    wanted = ("x86_64", "arm64") if tag.platform.endswith("universal2") else (architecture(tag.platform),)
    lacking = [one for one in wanted if one is not None and one not in binary.architectures]
    if lacking:
        return f"it is for {_listed(binary)}, not for {' and '.join(lacking)}"
    return _libc_problem(tag.platform, binary) if match["linux"] else None


def _listed(binary: Binary) -> str:
    return " and ".join(binary.architectures)


def _libc_problem(platform: str, binary: Binary) -> str | None:
    glibc = [name for name in binary.libraries if name.startswith(("libc.so.6", "ld-linux"))]
    musl = [name for name in binary.libraries if name.startswith(("libc.musl-", "ld-musl"))]
    if platform.startswith("musllinux") and glibc:
        return f"it needs {glibc[0]}, which is glibc's, not musl's"
    return f"it needs {musl[0]}, which is musl's, not glibc's" if platform.startswith("manylinux") and musl else None
