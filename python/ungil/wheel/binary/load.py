"""What kind of library a file is, and its images."""

from __future__ import annotations

import lief

from ungil.wheel.binary import elf, macho, pe
from ungil.wheel.binary.image import Image, UnreadableError

__all__ = ["images"]

_MACHO = tuple(
    bytes.fromhex(magic) for magic in ("feedface", "cefaedfe", "feedfacf", "cffaedfe", "cafebabe", "cafebabf")
)

lief.logging.disable()  # what it would print, the caller is told by an exception


def images(data: bytes, *, code: bool) -> list[Image]:
    """The images in a file: several in a universal one for macOS.

    Args:
        data: the file, which may be anything.
        code: also what it takes to follow its code.

    Raises:
        UnreadableError: it is no shared library, or is damaged.
    """
    try:
        if data.startswith(b"\x7fELF"):
            return elf.read(data, code=code)
        if data.startswith(b"MZ"):
            return pe.read(data, code=code)
        if data[:4] in _MACHO:
            return macho.read(data, code=code)
    except UnreadableError:
        raise
    except Exception as error:  # what a damaged file makes lief raise is nowhere written down
        raise UnreadableError(f"lief cannot read it: {type(error).__name__}: {error}") from error
    raise UnreadableError("it is neither ELF nor PE nor Mach-O")
