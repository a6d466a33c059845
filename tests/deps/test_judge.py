"""What there is of a release for a target."""

from dataclasses import replace

import pytest
from tests.deps.judging import TARGET, released, spam

from ungil.deps.judge import judged
from ungil.deps.model import Dependency, a_name, a_version
from ungil.deps.package import Since, Status
from ungil.deps.target import target
from ungil.errors import NotKeptError, PackageIndexError

LINUX = "manylinux_2_17_x86_64.manylinux2014_x86_64"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([f"cp314-cp314t-{LINUX}.whl"], Status.FREE_THREADED),
        (["cp314-cp314t-manylinux_2_39_x86_64.whl"], Status.ELSEWHERE),  # a newer libc than the target's
        (["cp314-cp314t-musllinux_1_2_x86_64.whl"], Status.ELSEWHERE),
        ([f"cp313-cp313t-{LINUX}.whl"], Status.ELSEWHERE),
        ([f"cp315-cp315t-{LINUX}.whl", f"cp315-abi3.abi3t-{LINUX}.whl"], Status.ELSEWHERE),
        ([f"cp311-abi3.abi3t-{LINUX}.whl"], Status.GIL_ONLY),  # abi3t is of 3.15 and newer, whatever the tag says
        ([f"cp314-cp314-{LINUX}.whl"], Status.GIL_ONLY),
        ([f"cp310-abi3-{LINUX}.whl"], Status.GIL_ONLY),
        (["py3-none-any.whl"], Status.ANY_BUILD),
        (["py2.py3-none-any.whl"], Status.ANY_BUILD),
        ([f"py3-none-{LINUX}.whl"], Status.ANY_BUILD),
        (["py3-none-win_amd64.whl"], Status.ELSEWHERE),
        ([f"cp314-cp314-{LINUX}.whl", "py3-none-any.whl"], Status.ANY_BUILD),
        ([f"cp314-cp314t-{LINUX}.whl", "py3-none-any.whl"], Status.FREE_THREADED),
        (["tar.gz"], Status.SOURCE_ONLY),
    ],
)
def test_the_tags_of_the_wheels_decide(files: list[str], status: Status) -> None:
    """What the target's installer would take counts, compiled for it before compiled for nothing."""
    package = spam("1.0", *(f"spam-1.0{'.' if file == 'tar.gz' else '-'}{file}" for file in files))
    assert package.status is status


@pytest.mark.parametrize(
    ("python", "platform", "tags"),
    [
        ("3.15t", "manylinux_2_28_x86_64", f"cp315-abi3.abi3t-{LINUX}"),
        ("3.15t", "manylinux_2_28_x86_64", f"cp315-abi3t-{LINUX}"),
        ("3.16t", "manylinux_2_28_x86_64", f"cp315-abi3t-{LINUX}"),
        ("3.14t", "win_amd64", "cp314-cp314t-win_amd64"),
        ("3.14t", "macosx_14_0_arm64", "cp314-cp314t-macosx_11_0_arm64"),
        ("3.14t", "macosx_14_0_arm64", "cp314-cp314t-macosx_11_0_universal2"),
        ("3.14t", "musllinux_1_2_aarch64", "cp314-cp314t-musllinux_1_1_aarch64"),
        ("3.14t", "manylinux_2_17_x86_64", "cp314-cp314t-manylinux2010_x86_64"),
    ],
)
def test_each_target_takes_what_is_for_it(python: str, platform: str, tags: str) -> None:
    """abi3t counts from 3.15t on; older libcs and systems than the target's count on every platform."""
    assert spam("1.0", f"spam-1.0-{tags}.whl", aim=target(python, platform)).status is Status.FREE_THREADED


def test_since_is_the_first_release_that_was_not_taken_back() -> None:
    """Yanked releases and candidates do not count; for any free-threaded build there may have been one before."""
    package = spam(
        "2.0",
        "spam-1.0-cp313-cp313t-win_amd64.whl uploaded=2025-01-01",
        f"spam-1.1-cp314-cp314t-{LINUX}.whl yanked=broken",
        f"spam-1.2rc1-cp314-cp314t-{LINUX}.whl",
        f"spam-1.2-cp314-cp314t-{LINUX}.whl uploaded=2025-10-07",
        f"spam-2.0-cp314-cp314t-{LINUX}.whl uploaded=2026-01-01",
    )
    assert package.since == Since("1.2", "2025-10-07")
    assert package.since_any == Since("1.0", "2025-01-01")


def test_a_project_that_no_index_knows_is_a_failure() -> None:
    """Its name, and the index that the lock file took it from, are told."""
    dependency = Dependency(
        name=a_name("spam"), version=a_version("1"), path="x", index="https://private.example/simple"
    )
    package = judged(dependency, released(), TARGET)
    assert package.status is Status.UNKNOWN
    assert isinstance(package.failure, PackageIndexError)
    assert "No index that was asked knows 'spam'" in str(package.failure)
    assert "it was taken from https://private.example/simple" in str(package.failure)


def test_a_version_that_no_index_has_is_a_failure_that_lists_some() -> None:
    """The newest that there are help to see a slip."""
    package = spam("3.0", "spam-1.0.tar.gz", "spam-2.0.tar.gz")
    assert str(package.failure).endswith("The newest that there are: 1.0, 2.0.")


def test_the_files_that_a_lock_file_lists_stand_in_for_an_index() -> None:
    """Where no index knows the release, or may be asked, the file's own list tells; an index that fails still did."""
    listed = (f"spam-1.0-cp314-cp314t-{LINUX}.whl", "spam-1.0.tar.gz")
    dependency = Dependency(name=a_name("spam"), version=a_version("1.0"), path="x", listed=listed)
    down = PackageIndexError("down", "wait")
    for outcome, failure in ((released(), None), (NotKeptError("offline", "wait"), None), (down, down)):
        package = judged(dependency, outcome, TARGET)
        assert (package.status, package.judged_by, package.failure) == (Status.FREE_THREADED, "file", failure)


def test_what_comes_from_no_index_is_not_known_unless_it_is_a_wheel() -> None:
    """A repository tells only once it is built, which is no failure; a wheel's name tells."""
    folder = Dependency(name=a_name("spam"), version=None, path="x", source="git: https://example.org/spam")
    package = judged(folder, None, TARGET)
    assert (package.status, package.failure) == (Status.UNKNOWN, None)
    assert "git: https://example.org/spam" in package.why
    wheel = replace(folder, version=a_version("1.0"), listed=(f"spam-1.0-cp314-cp314-{LINUX}.whl",))
    assert judged(wheel, None, TARGET).status is Status.GIL_ONLY


def test_a_requirement_of_python_that_means_nothing_requires_nothing() -> None:
    """Old releases have bounds that no longer parse; installers pass over them."""
    assert not spam("1.0", "spam-1.0-py3-none-any.whl requires='python3'").refused
