"""A page of an index, boiled down to releases."""

import pytest
from packaging.version import Version

from ungil.index.page import IndexFile
from ungil.index.releases import Release, Releases, distil, merged, named_files


def releases(*files: str) -> Releases:
    """What these files of the project `spam` are worth."""
    return distil("spam", [IndexFile(name, "", None) for name in files])


def test_releases_are_in_the_order_of_their_versions() -> None:
    """Oldest first, whatever the order on the page; 1.10 is newer than 1.9, and 2.0rc1 older than 2.0."""
    found = releases(*(f"spam-{version}.tar.gz" for version in ("2.0", "1.10", "2.0rc1", "1.9")))
    assert [one.version for one in found] == ["1.9", "1.10", "2.0rc1", "2.0"]


def test_a_release_is_found_by_its_version_however_it_is_spelt() -> None:
    """1.0 is 1.0 and not 1.0.1, 11.0 or 1.0.post1; a file name's spelling does not matter."""
    found = releases("spam-1.0.1.tar.gz", "spam-11.0.tar.gz", "spam-1.0.0.tar.gz", "spam-1.0.post1.tar.gz")
    assert found.find(Version("1.0.0")) == Release("1.0.0", (), has_source=True)
    assert found.find(Version("1.0.1")) == Release("1.0.1", (), has_source=True)
    assert found.find(Version("0.1")) is None
    assert Releases().find(Version("1.0")) is None


def test_trailing_zeros_do_not_make_another_release() -> None:
    """A lock file may say 1.0 where the index says 1.0.0, and the other way round."""
    assert releases("spam-1.0.0.tar.gz").find(Version("1.0")) is not None
    assert releases("spam-1.0.tar.gz").find(Version("1.0.0")) is not None


def test_what_nobody_installs_is_left_out() -> None:
    """Eggs, installers, other projects' files and names that mean nothing are passed over."""
    found = releases(
        "spam-1.0-py3.5.egg", "spam-1.0.win32.exe", "eggs-1.0.tar.gz", "spam-1.0-py3-none.whl", "spam.whl", "-.tar.gz",
        "spam-one-py3-none-any.whl", "spam-1.0-1-cp314-cp314t-win_amd64.whl",
    )  # fmt: skip
    assert list(found) == [Release("1.0", ("cp314-cp314t-win_amd64",))]


@pytest.mark.parametrize(
    ("filename", "told"),
    [
        ("Spam_Eggs-1.0-py2.py3-none-any.whl", ("spam-eggs", Version("1.0"), "py2.py3-none-any")),
        ("spam.eggs-1.0.zip", ("spam-eggs", Version("1.0"), None)),
        ("spam-1.0.tar.bz2", None),
    ],
)
def test_a_file_name_tells_project_version_and_tags(
    filename: str, told: tuple[str, Version, str | None] | None
) -> None:
    """Names are compared in their normal form."""
    assert named_files(filename) == told


def test_only_lines_that_may_matter_are_parsed_for_free_threading() -> None:
    """Releases with a wheel for any free-threaded build are told, and no others that are compiled."""
    found = releases(
        "spam-1.0-cp314-cp314-win_amd64.whl", "spam-1.1-cp313-cp313t-win_amd64.whl",
        "spam-1.2-cp315-abi3.abi3t-win_amd64.whl", "spam-1.3-py3-none-any.whl",
    )  # fmt: skip
    assert [one.version for one in found.free_threaded()] == ["1.1", "1.2"]


def test_the_same_release_on_two_indexes_is_one() -> None:
    """Wheels are united; it is yanked only where it is yanked everywhere."""
    main = Releases('["1","1.0",["py3-none-any"],false,null,"broken","2026-02-01"]')
    extra = Releases(
        '["1","1.0",["cp314-cp314t-win_amd64"],true,">=3.9",null,"2026-01-01"]\n["1.1","1.1",[],true,null,null,null]'
    )
    first, second = merged([main, Releases(), extra])
    assert first == Release("1.0", ("cp314-cp314t-win_amd64", "py3-none-any"), True, ">=3.9", None, "2026-01-01")  # noqa: FBT003
    assert second.version == "1.1"
