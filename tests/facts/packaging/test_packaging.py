"""What the files of a build say of free-threaded builds: macros, questions, requirements, the classifier."""

from __future__ import annotations

import pytest

from ungil.facts.packaging import read as packaging
from ungil.facts.packaging import requirements
from ungil.facts.packaging.model import PackagingFacts, Seen
from ungil.source import Language, Source


def read(path: str, text: str) -> PackagingFacts:
    """The facts of one file."""
    return packaging.read([Source(path, text.encode(), Language.BUILD)])


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("Extension('a', py_limited_api=True)", Seen.LIMITED_API),
        ("if x: Extension('a', py_limited_api=True)", None),
        ("Extension('a', py_limited_api=True if x else False)", None),
        ("Extension('a', py_limited_api=True)\nif sysconfig.get_config_var('Py_GIL_DISABLED'): pass", None),
        ("macros = [('Py_LIMITED_API', '0x03090000')]", Seen.LIMITED_API),
        ("macros = [('Py_GIL_DISABLED', 1)]", Seen.DEFINED),
        ("args = ['-DPy_GIL_DISABLED=0']", Seen.DEFINED),
        ("if free_threaded: args = ['-DPy_GIL_DISABLED=1']", None),
        ("x = get_config_var('Py_GIL_DISABLED') is not None", Seen.MISREAD),
        ("x = sysconfig.get_config_vars().get('Py_GIL_DISABLED') == '1'", Seen.MISREAD),
        ("x = 'Py_GIL_DISABLED' in sysconfig.get_config_vars()", Seen.MISREAD),
        ("x = sys._is_gil_enabled()", Seen.ASKS_NOW),
        ("x = get_config_var('Py_GIL_DISABLED') == 1", None),
        ("x = not get_config_var('Py_GIL_DISABLED')", None),
        ("macros = [('Py_TARGET_ABI3T', 0x030e0000)]", Seen.OLD_ABI3T),
        ("macros = [('Py_TARGET_ABI3T', '0x030f0000')]", None),
        ("setup(cffi_modules=['x.py:ffi'])", Seen.CFFI),
    ],
)
def test_a_script_is_read_as_code(code: str, seen: Seen | None) -> None:
    """What nothing decides on, and questions that do not tell."""
    facts = read("setup.py", f"{code}\n")
    assert [one.seen for one in facts.code] == ([seen] if seen is not None else [])
    assert facts.unread == ()


@pytest.mark.parametrize(
    ("before", "line", "column"),
    [("é = 1; ", 1, 13), ("# Ångström…\n", 2, 5), ("\fy = 1\r\n", 2, 5)],
    ids=["letter", "next line as a byte of a letter", "form feed"],
)
def test_a_place_in_a_script_is_that_of_the_code(before: str, line: int, column: int) -> None:
    """In bytes and in Python's lines, whatever stands before it."""
    (found,) = read("setup.py", f"{before}x = ('Py_LIMITED_API', '1')\n").code
    place = found.spot.place
    assert (place.line, place.column, place.end_column) == (line, column, column + 23)


@pytest.mark.parametrize(("options", "seen"), [("", [Seen.LIMITED_API]), ("'python.allow_limited_api=false'", [])])
def test_meson_can_leave_the_limited_api_out_again(options: str, seen: list[Seen]) -> None:
    """What meson-python is asked for, an option of Meson takes back."""
    texts = {
        "pyproject.toml": "[tool.meson-python]\nlimited-api = true\n",
        "meson.build": f"project('spam', 'c', default_options: [{options}])\n",
    }
    facts = packaging.read([Source(path, text.encode(), Language.BUILD) for path, text in texts.items()])
    assert [one.seen for one in facts.code] == seen


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.py", "setup(classifiers=['{}'])\nExtension('a', py_limited_api=True)\n"),
        ("setup.cfg", "classifiers =\n    {}\n[bdist_wheel]\npy_limited_api = cp310\n"),
    ],
)
def test_a_classifier_is_no_question(path: str, text: str) -> None:
    """Who claims free threading and asks for the limited API in every build has a build that fails."""
    facts = read(path, text.format("Programming Language :: Python :: Free Threading :: 2 - Beta"))
    assert [one.seen for one in facts.code] == [Seen.LIMITED_API]


def test_both_spellings_of_a_key_are_known() -> None:
    """As setuptools takes both."""
    for key in ("py-limited-api", "py_limited_api"):
        (found,) = read("pyproject.toml", f"[tool.distutils.bdist_wheel]\n{key} = 'cp310'\n").code
        assert (found.seen, found.spot.place.line) == (Seen.LIMITED_API, 2)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.py", "print 'py_limited_api'\n"),
        ("setup.py", "py_limited_api = " + "(" * 10_000),
        ("pyproject.toml", "limited-api = \n"),
        ("Cargo.toml", "[dependencies]\npyo3 = \n"),
    ],
)
def test_a_broken_file_is_a_note(path: str, text: str) -> None:
    """Python 2, and what no parser takes: said, and nothing stops."""
    facts = read(path, text)
    assert [name for name, _ in facts.unread] == [path]


@pytest.mark.parametrize("path", ["tests/setup.py", "examples/x/setup.py", "extern/y/setup.py", "third_party/setup.py"])
def test_the_files_of_others_say_nothing(path: str) -> None:
    """Tests, examples, and other projects' copies."""
    assert read(path, "macros = [('Py_GIL_DISABLED', 1)]\n").code == ()


@pytest.mark.parametrize(
    ("text", "is_outdated"),
    [
        ("pybind11<2.13", True),
        ("pybind11==2.12.0", True),
        ("pybind11~=2.12.1", True),
        ("pybind11~=2.12", False),
        ("pybind11>=2.10", False),
        ("pybind11", False),
        ("nanobind==2.2.0", False),
        ("numpy<2", True),
        ("numpy>=2.0.0rc1", False),
        ("numpy<2; python_version < '3.13'", False),
        ("numpy<2; platform_python_implementation == 'PyPy'", False),
        ("setuptools<75", True),
        ("setuptools<75.9", False),
        ("scikit_build_core<0.9", True),
        ("cffi===odd", True),
        ("numpy==2.*", False),
        ("numpy==1.*,!=1.26.*", True),
        ("numpy<2; 'x' in extras", False),
        ("requests<1", False),
        ("not a requirement !", False),
    ],
)
def test_a_requirement_is_outdated_if_no_new_version_meets_it(text: str, *, is_outdated: bool) -> None:
    """On the Pythons that have a free-threaded build."""
    assert (requirements.outdated(text) is not None) is is_outdated


@pytest.mark.parametrize(
    ("version", "is_outdated"),
    [
        ("0.22", True),
        ("0.22.5", True),
        ("=0.20.1", True),
        ("<0.23", True),
        (">=0.20, <0.23", True),
        ("~0.22", True),
        ("0.23", False),
        ("1", False),
        (">=0.20", False),
        (">=0.20, <0.25", False),
        ("*", False),
        ("0", False),
    ],
)
def test_cargo_means_a_caret(version: str, *, is_outdated: bool) -> None:
    """``0.22`` stays below 0.23, ``1`` below 2, and a lower bound below nothing."""
    assert (requirements.cargo(version) is not None) is is_outdated


@pytest.mark.parametrize(
    ("path", "text", "level"),
    [
        ("pyproject.toml", 'classifiers = ["Programming Language :: Python :: Free Threading :: 3 - Stable"]', 3),
        ("setup.cfg", "classifiers =\n    Programming Language :: Python :: Free Threading\n", 0),
        ("setup.py", "# Programming Language :: Python :: Free Threading :: 3 - Stable\n", None),
    ],
)
def test_the_classifier_is_read_wherever_it_may_stand(path: str, text: str, level: int | None) -> None:
    """With how much it promises; in a comment it promises nothing."""
    claim = read(path, text).classifier
    assert (claim.level if claim is not None else None) == level
