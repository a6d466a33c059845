"""Whose a finding is, and what is known of a module."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.port.roads import BUILT, step

from ungil.port.evidence import Built, Stage
from ungil.port.fragment import Fragment, ModuleSeen
from ungil.port.modules import module_of, modules_of

ONE = (ModuleSeen("spam._spam", "", ("src/spam.c",)),)
SEVERAL = (
    ModuleSeen("spam._eggs", "", ("src/eggs/module.c",)),
    ModuleSeen("spam._ham", "", ("src/ham/ham.pyx",)),
    ModuleSeen("spam._toast", "", ("src/toast.c",)),
)


@pytest.mark.parametrize(
    ("path", "modules", "owner"),
    [
        ("lib/anything.h", ONE, "spam._spam"),
        ("setup.py", ONE, ""),
        ("src/eggs/module.c", SEVERAL, "spam._eggs"),
        ("elsewhere/toast.cpp", SEVERAL, "spam._toast"),
        ("src/ham/helper.c", SEVERAL, "spam._ham"),
        ("src/shared.h", SEVERAL, ""),
        ("shared.h", SEVERAL, ""),
        ("spam/_ham.cpython-314t-x86_64-linux-gnu.so", SEVERAL, "spam._ham"),
        ("x.c", (), ""),
    ],
)
def test_a_file_is_of_the_module_that_it_is_certain_to_be_of(
    path: str, modules: tuple[ModuleSeen, ...], owner: str
) -> None:
    """The only one; whose source it is; by its name; by its folder; else nobody's."""
    assert module_of(path, modules) == owner


def test_a_module_is_what_all_stages_know_of_it() -> None:
    """Sources name its last part, the wheel the whole; what the binary declares outweighs the source."""
    audit = ModuleSeen("spam", "nothing", ("spam.c",), needs_no_gil=False)
    wheel = ModuleSeen("spam", "that it needs no GIL", needs_no_gil=True, imported=True, gil_on=False)
    fragments = [
        Fragment(step=step(Stage.AUDIT), modules=(audit, ModuleSeen("example"))),
        Fragment(step=step(Stage.BUILD), built=BUILT, modules=(ModuleSeen("spam", for_cython=("spam.pxd",)),)),
        Fragment(step=step(Stage.WHEEL), modules=(wheel,)),
    ]
    assert modules_of(fragments) == (replace(wheel, sources=("spam.c",), for_cython=("spam.pxd",)),)
    assert [one.name for one in modules_of(fragments[:1])] == ["example", "spam"]


def test_two_modules_of_one_last_part_are_two() -> None:
    """Both may be the one that the source means."""
    built = Built(wheel="s-1-x.whl", sha256="", python="", modules=("a._core", "b._core"))
    fragments = [Fragment(step=step(Stage.BUILD), built=built)]
    assert [one.name for one in modules_of(fragments)] == ["a._core", "b._core"]
