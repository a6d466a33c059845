"""The wheel, and what is in it. Building has its tests with the workshop."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ungil.port.stages.build import for_cython, modules_in


def test_the_modules_of_a_wheel_are_told_by_their_names(tmp_path: Path) -> None:
    """As they are imported; neither libraries nor Python files, and what lies in the wheel's data is where it goes."""
    path = tmp_path / "spam.whl"
    names = [
        "spam/__init__.py",
        "spam/_spam.cpython-314t-x86_64-linux-gnu.so",
        "spam/eggs/__init__.cpython-314t-x86_64-linux-gnu.so",
        "spam.libs/libz.so.1",
        "spam-1.0.data/platlib/ham.abi3.so",
        "spam-1.0.dist-info/METADATA",
    ]
    with zipfile.ZipFile(path, "w") as wheel:
        for name in names:
            wheel.writestr(name, "")
    assert modules_in(path) == ("ham", "spam._spam", "spam.eggs")


def test_what_other_extensions_use_is_told_by_the_file_beside_the_module(tmp_path: Path) -> None:
    """One called like the module; that of another is another's."""
    path = tmp_path / "spam.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name in ("spam/_spam.pxd", "spam/_spam.cpython-314t-x86_64-linux-gnu.so", "spam/other.pxd"):
            wheel.writestr(name, "")
    assert for_cython(path, ["spam._spam", "spam.eggs"]) == {"spam._spam": ("spam/_spam.pxd",), "spam.eggs": ()}
