"""Analyses kept from one run to the next."""

import zlib
from pathlib import Path

import pytest
from tests.audit.auditing import FUNCTION, project

from ungil.audit import Audit, audit
from ungil.audit.cache import Cache
from ungil.cli.formats import FORMATS, render
from ungil.source import Language, Project, Source

CODE = FUNCTION % "" + (FUNCTION % "  // ungil: allow(UG101) \U0001f40d") + 'char *open = "\n// ungil: allow(x) y\n'


def rendered(result: Audit) -> list[str]:
    """The audit in every format."""
    return [render(result, name) for name in FORMATS]


def test_what_is_kept_gives_the_same_reports_to_the_byte(tmp_path: Path) -> None:
    """Every format prints the same from a kept analysis as from a new one."""
    cache = Cache(tmp_path)
    new = rendered(audit(project(CODE), cache=cache))
    assert Cache(tmp_path).load(project(CODE)) is not None
    assert rendered(audit(project(CODE), cache=Cache(tmp_path))) == new == rendered(audit(project(CODE)))


def test_an_analysis_is_not_found_for_other_sources(tmp_path: Path) -> None:
    """Another byte, another path, another language or another division into files is another analysis."""
    audit(project(CODE), cache=Cache(tmp_path))
    one = Source("src/x.c", CODE.encode(), Language.C)
    others = [
        (Source("src/x.c", CODE.encode() + b" ", Language.C),),
        (Source("src/y.c", CODE.encode(), Language.C),),
        (Source("src/x.c", CODE.encode(), Language.CXX),),
        (one, Source("y.c", b"", Language.C)),
        (),
    ]
    assert Cache(tmp_path).load(Project("another name", None, (one,))) is not None
    assert [Cache(tmp_path).load(Project("demo", None, other)) for other in others] == [None] * len(others)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"nonsense", zlib.compress(b"{"), zlib.compress(b"[]"), zlib.compress(b"{}"),
        zlib.compress(b"[" * 100_000), zlib.compress(b'{"rules": [{}], "findings": [], "remarks": []}'),
    ],
)  # fmt: skip
def test_a_corrupt_entry_is_passed_over_and_replaced(tmp_path: Path, content: bytes) -> None:
    """Whatever stands in a file of the cache, the audit is right, and the next finds it whole."""
    audit(project(CODE), cache=Cache(tmp_path))
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(content)
    assert rendered(audit(project(CODE), cache=Cache(tmp_path))) == rendered(audit(project(CODE)))
    assert Cache(tmp_path).load(project(CODE)) is not None


def test_the_cache_stays_within_its_bounds(tmp_path: Path) -> None:
    """Of many analyses the last ones stay, and one that is too large beside the others goes."""
    cache = Cache(tmp_path, most_entries=10)
    audit(project(CODE), cache=cache)
    analysis = cache.load(project(CODE))
    assert analysis is not None
    for number in range(15):
        cache.store(project(f"int f{number};\n"), analysis)
    assert len(list(tmp_path.iterdir())) == 10
    huge = tmp_path / "huge.analysis"
    with huge.open("wb") as stream:
        stream.truncate(65 << 20)
    cache.store(project("int last;\n"), analysis)
    assert not huge.exists()
    assert len(list(tmp_path.iterdir())) == 10
    assert cache.load(project("int last;\n")) is not None


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, the audit is the same."""
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "folder")
    assert rendered(audit(project(CODE), cache=cache)) == rendered(audit(project(CODE)))
