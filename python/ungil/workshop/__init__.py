"""Clean environments of one interpreter: a project is built, installed and run there, and itself left as it is.

``sources`` gets at a project, ``needs`` finds out what its tests need, ``opening`` makes an environment, ``shop``
builds, installs and runs in it, ``hints`` says what to do when that fails.
"""

from __future__ import annotations

from ungil.commands import Done
from ungil.workshop.needs import Needs, tests_of
from ungil.workshop.opening import default_folder, open_workshop
from ungil.workshop.shop import Workshop
from ungil.workshop.sources import refuse_nothing, unpacked
from ungil.workshop.wheels import Wheel

__all__ = [
    "Done",
    "Needs",
    "Wheel",
    "Workshop",
    "default_folder",
    "open_workshop",
    "refuse_nothing",
    "tests_of",
    "unpacked",
]
