"""Which interpreters run a wheel's modules."""

import sys
from pathlib import Path

import pytest
from packaging.tags import parse_tag, platform_tags
from tests.sync.builds import GIL_ENABLED
from tests.wheel.built import HOST, MINOR

from ungil.errors import WheelError
from ungil.wheel.hosts import Host, hosts_for, named

HERE = next(platform_tags())
ONE = Host("3.14t", Path("python3.14t"))


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        (f"cp314-cp314-{HERE}", "it is for GIL-enabled interpreters"),
        ("py3-none-any", "it is for GIL-enabled interpreters"),
        ("cp314-cp314t-aix_7_2_ppc64", "it is for another platform than this machine's"),
        (f"cp399-cp399t-{HERE}", "there is no 3.99t at hand"),
        (f"cp315-abi3t-{HERE}", "there is no 3.15t at hand ('ungil python 3.15t' gets one)"),
    ],
)
def test_where_there_is_none_it_is_said_why(tag: str, why: str) -> None:
    """The wheel is for other interpreters, for another platform, or for a version that is not at hand."""
    assert hosts_for(parse_tag(tag), [ONE]) == ((), why)


def test_what_the_user_named_is_used() -> None:
    """If it is of the wheel's version; nothing else is looked for then."""
    assert hosts_for(parse_tag(f"cp314-cp314t-{HERE}"), [ONE]) == ((ONE,), "")
    assert hosts_for(parse_tag(f"cp315-cp315t-{HERE}"), [ONE])[0] == ()


@pytest.mark.skipif(GIL_ENABLED, reason="only a free-threaded interpreter is one")
def test_this_interpreter_is_at_hand() -> None:
    """It is taken with its environment, in which a wheel's dependencies may be."""
    tags = parse_tag(f"cp3{MINOR}-cp3{MINOR}t-{HERE}")
    assert hosts_for(tags, []) == ((Host(HOST, Path(sys.executable)),), "")
    assert named([Path(sys.executable)]) == (Host(HOST, Path(sys.executable)),)


def test_what_is_named_has_to_be_a_free_threaded_interpreter(tmp_path: Path) -> None:
    """A file that is none, and a GIL-enabled one, are refused with what to do."""
    with pytest.raises(WheelError, match="does not answer as a Python interpreter does"):
        named([tmp_path / "python"])
    if GIL_ENABLED:
        with pytest.raises(WheelError, match="is a GIL-enabled"):
            named([Path(sys.executable)])
