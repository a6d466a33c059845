"""What names say: of wheels, of modules."""

import importlib.machinery
import sys

import pytest
from packaging.tags import parse_tag
from tests.sync.builds import GIL_ENABLED

from ungil.wheel.fit import loads
from ungil.wheel.names import (
    free_threaded_versions,
    is_free_threaded,
    is_library,
    mangled,
    module_name,
    placed,
    suffix_of,
)


@pytest.mark.parametrize(
    ("path", "abi", "platform"),
    [
        ("spam/_core.cpython-314t-x86_64-linux-gnu.so", "cp314t", "x86_64-linux-gnu"),
        ("_core.cpython-315-darwin.so", "cp315", "darwin"),
        ("_core.cp314t-win_amd64.pyd", "cp314t", "win_amd64"),
        ("_core.abi3.so", "abi3", ""),
        ("_core.abi3t.so", "abi3t", ""),
        ("_core.abi3t-x86_64-linux-gnu.so", "abi3t", "x86_64-linux-gnu"),
        ("_core.so", "", ""),
        ("_core.pyd", "", ""),
    ],
)
def test_a_suffix_says_abi_and_platform(path: str, abi: str, platform: str) -> None:
    """Those of every system, and of both stable ABIs."""
    suffix = suffix_of(path)
    assert suffix is not None
    assert (suffix.abi, suffix.platform) == (abi, platform)
    assert module_name(path, suffix) in {"spam._core", "_core"}


@pytest.mark.parametrize(
    "path", ["_core.pypy311-pp73-x86_64-linux-gnu.so", "libspam.so.1", "libspam.dylib", "spam.dll", "spam.py"]
)
def test_what_no_cpython_loads_has_no_suffix(path: str) -> None:
    """Libraries, and modules of other implementations."""
    assert suffix_of(path) is None


def test_a_path_that_is_no_name_is_no_module() -> None:
    """Folders with a dot or a hyphen cannot be imported from."""
    for path in ("spam.libs/libx-1a.so", "a-b/core.so"):
        suffix = suffix_of(path)
        assert suffix is not None
        assert module_name(path, suffix) is None


def test_what_lies_below_data_is_installed_beside_the_rest() -> None:
    """Purelib and platlib are site-packages; scripts and headers are elsewhere."""
    assert placed("spam-1.0.data/platlib/spam/core.so") == "spam/core.so"
    assert placed("spam-1.0.data/scripts/spam") is None
    assert placed("spam/more.data/scripts/core.so") == "spam/more.data/scripts/core.so"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.so", True), ("a.so.1.2", True), ("A.DLL", True), ("a.dylib", True), ("a.py", False), ("so", False)],
)
def test_libraries_are_known_by_their_names(path: str, *, expected: bool) -> None:
    """With a version behind, too."""
    assert is_library(path) is expected


def test_names_that_are_not_ascii_are_mangled() -> None:
    """As PEP 489 has it."""
    assert mangled("_core") == "__core"
    assert mangled("größe") == "U_gre_6ka8i"


@pytest.mark.parametrize(
    ("tag", "versions"),
    [
        ("cp314-cp314t-win_amd64", ["3.14t"]),
        ("cp315-abi3.abi3t-win_amd64", ["3.15t"]),
        ("cp314-cp314-win_amd64", []),
        ("cp312-abi3-win_amd64", []),
        ("py3-none-any", []),
    ],
)
def test_free_threaded_tags_are_told_apart(tag: str, versions: list[str]) -> None:
    """abi3t begins with 3.15; abi3 is not for free-threaded interpreters."""
    tags = parse_tag(tag)
    assert free_threaded_versions(tags) == versions
    assert any(map(is_free_threaded, tags)) is bool(versions)


@pytest.mark.parametrize(
    ("tag", "path", "expected"),
    [
        ("cp314-cp314t-manylinux_2_28_x86_64", "a.cpython-314t-x86_64-linux-gnu.so", True),
        ("cp314-cp314t-manylinux_2_28_x86_64", "a.cpython-314-x86_64-linux-gnu.so", False),
        ("cp314-cp314t-manylinux_2_28_x86_64", "a.abi3.so", True),
        ("cp315-cp315t-manylinux_2_28_x86_64", "a.abi3.so", False),
        ("cp315-cp315t-manylinux_2_28_x86_64", "a.abi3t.so", True),
        ("cp314-cp314t-manylinux_2_28_x86_64", "a.abi3t.so", False),
        ("cp315-abi3t-manylinux_2_28_x86_64", "a.cpython-315t-x86_64-linux-gnu.so", False),
        ("cp314-cp314t-manylinux_2_28_x86_64", "a.so", True),
        ("cp312-abi3-manylinux_2_28_x86_64", "a.cpython-312-x86_64-linux-gnu.so", False),
        ("cp314-cp314t-musllinux_1_2_x86_64", "a.cpython-314t-x86_64-linux-gnu.so", False),
        ("cp314-cp314t-musllinux_1_2_x86_64", "a.cpython-314t-x86_64-linux-musl.so", True),
        ("cp314-cp314t-manylinux_2_28_aarch64", "a.cpython-314t-x86_64-linux-gnu.so", False),
        ("cp314-cp314t-manylinux_2_28_aarch64", "a.cpython-314t-aarch64-linux-gnu.so", True),
        ("cp314-cp314t-manylinux_2_28_i686", "a.cpython-314t-i386-linux-gnu.so", True),
        ("cp314-cp314t-manylinux_2_28_x86_64", "a.cpython-314t-darwin.so", False),
        ("cp314-cp314t-macosx_11_0_arm64", "a.cpython-314t-darwin.so", True),
        ("cp314-cp314t-win_amd64", "a.cp314t-win_amd64.pyd", True),
        ("cp314-cp314t-win_arm64", "a.cp314t-win_amd64.pyd", False),
    ],
)
def test_a_tag_loads_what_its_interpreter_looks_for(tag: str, path: str, *, expected: bool) -> None:
    """ABI and platform of a module's suffix, against the tag of its wheel."""
    (only,) = parse_tag(tag)
    suffix = suffix_of(path)
    assert suffix is not None
    assert loads(only, suffix) is expected


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="compares with the suffixes of Linux")
def test_this_interpreter_looks_for_what_is_said_of_it() -> None:
    """Of all suffixes that are known, those that fit the tag of this interpreter are the ones that it has."""
    minor = sys.version_info.minor
    abi = f"cp3{minor}{'' if GIL_ENABLED else 't'}"
    (tag,) = parse_tag(f"cp3{minor}-{abi}-linux_x86_64")
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        known = suffix_of(f"a{suffix}")
        assert known is not None
        assert known.platform.partition("-")[0] not in {"", "x86_64"} or loads(tag, known), suffix
    for name in ("a.abi3.so", "a.abi3t.so"):
        known = suffix_of(name)
        assert known is not None
        assert loads(tag, known) is (known.text in importlib.machinery.EXTENSION_SUFFIXES), name
