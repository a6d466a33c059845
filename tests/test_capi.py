"""The facts of ``capi.toml`` against the headers of the interpreter that runs the tests."""

import re
import sys
import sysconfig
from functools import cache
from pathlib import Path

import pytest

from ungil import capi


@cache
def names_in_headers() -> frozenset[str]:
    """Every name in the headers of this interpreter."""
    headers = Path(sysconfig.get_path("include")).rglob("*.h")
    text = "\n".join(header.read_text(encoding="utf-8", errors="replace") for header in headers)
    return frozenset(re.findall(r"\b_?Py\w+", text))


def version(text: str) -> tuple[int, ...]:
    """``3.13`` as numbers."""
    return tuple(int(part) for part in text.split("."))


@pytest.mark.parametrize("function", capi.functions().values(), ids=lambda function: function.name)
def test_a_function_stands_in_the_headers_of_the_versions_that_have_it(function: capi.ApiFunction) -> None:
    """A name is in the headers from the version that added it, and until the one in which it is gone."""
    here = sys.version_info[:2]
    expected = version(function.added or "3.0") <= here < version(function.gone or "4.0")
    assert (function.name in names_in_headers()) is expected


@pytest.mark.parametrize("function", [f for f in capi.functions().values() if f.replacement], ids=lambda f: f.name)
def test_a_replacement_stands_in_the_headers_since_the_version_it_names(function: capi.ApiFunction) -> None:
    """Advice names a function that is there from that version on."""
    assert function.since is not None
    assert (function.replacement in names_in_headers()) is (version(function.since) <= sys.version_info[:2])
