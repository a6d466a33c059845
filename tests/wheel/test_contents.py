"""What a wheel says of itself: RECORD, WHEEL, METADATA."""

import base64
import hashlib
import io
from pathlib import Path

import pytest
from packaging.version import Version
from tests.wheel.making import FREE_THREADED, digest, make_wheel, metadata, packed, record

from ungil.errors import WheelError
from ungil.wheel.archive import Archive, Member
from ungil.wheel.check import Run, check
from ungil.wheel.contents import DistInfo, record_problems
from ungil.wheel.model import Wheel

FOLDER = "spam-1.0.dist-info"


def looked_at(path: Path) -> Wheel:
    """A wheel that is read only."""
    return check(path, Run(allowed=False))


def test_a_wheel_that_is_right_has_no_problems(tmp_path: Path) -> None:
    """Its RECORD is that of its files, its metadata that of its name."""
    wheel = looked_at(make_wheel(tmp_path, {"spam.py": b"spam"}))
    assert (wheel.record, wheel.misnamed, wheel.inner_tags) == ((), (), wheel.tags)
    assert (wheel.name, wheel.version) == ("spam", Version("1.0"))


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ("", "spam.py is not listed"),
        ("spam.py,sha256=AAAA,4", "spam.py has another hash"),
        (f"spam.py,sha256={digest(b'spam')},5", "spam.py has another size"),
        ("spam.py,,", "spam.py has another hash than none"),
        (f"spam.py,sha256={digest(b'spam')},4\nspam.so,sha256=AAAA,4", "spam.so is listed and not there"),
        ("spam.py,md5=AAAA,4", "spam.py has a hash by md5, which is weaker than RECORD may have"),
        ("spam.py,sha2=AAAA,4", "spam.py has a hash by 'sha2', which is no algorithm that is known"),
        ("spam.py,sha512=AAAA,4", "spam.py has another hash"),
        ("one\ntwo", "RECORD is not a table of paths, hashes and sizes"),
    ],
)
def test_record_is_compared_with_the_files(listed: str, problem: str) -> None:
    """What is there and not listed, listed and not there, or listed otherwise."""
    data = hashlib.sha256(b"spam").digest()
    assert record_problems(listed, [Member("spam.py", 4, data)], FOLDER) == (problem,)


@pytest.mark.parametrize("algorithm", ["sha384", "sha512", "blake2b"])
def test_a_file_is_hashed_as_record_says(tmp_path: Path, algorithm: str) -> None:
    """Each by its own algorithm; a hash that is not the file's is told, whatever it was made by."""
    data = b"spam = 1"
    right = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=").decode()
    for value, problems in ((right, ()), (right[::-1], ("spam.py has another hash",))):
        files = {"spam.py": data, **metadata(FREE_THREADED)}
        usual = digest(data)
        said = record(FREE_THREADED, files)[f"{FOLDER}/RECORD"].replace(
            f"sha256={usual}".encode(), f"{algorithm}={value}".encode()
        )
        path = tmp_path / FREE_THREADED
        path.write_bytes(packed({**files, f"{FOLDER}/RECORD": said}))
        assert looked_at(path).record == problems


def test_record_need_not_list_itself_or_its_signatures() -> None:
    """It cannot hold its own hash."""
    members = [Member(f"{FOLDER}/{name}", 1, b"") for name in ("RECORD", "RECORD.jws", "RECORD.p7s")]
    assert record_problems(f"{FOLDER}/RECORD,,\n", members, FOLDER) == ()


def test_many_problems_are_counted() -> None:
    """Twenty are named."""
    problems = record_problems("", [Member(f"{number}.py", 1, b"") for number in range(50)], FOLDER)
    assert (len(problems), problems[-1]) == (21, "and 30 more")


def test_a_wheel_without_record_is_told_so(tmp_path: Path) -> None:
    """Nothing then says what belongs to it."""
    path = tmp_path / FREE_THREADED
    path.write_bytes(packed(metadata(FREE_THREADED)))
    assert looked_at(path).record == ("there is no RECORD",)


def test_metadata_of_another_release_is_told(tmp_path: Path) -> None:
    """By the folder, and by METADATA."""
    path = tmp_path / "eggs-2.0-cp314-cp314t-win_amd64.whl"
    path.write_bytes(make_wheel(tmp_path, {}).read_bytes())
    assert looked_at(path).misnamed == ("the folder says spam 1.0", "METADATA says spam 1.0")


def test_another_spelling_is_the_same_release(tmp_path: Path) -> None:
    """Names and versions are compared as the index normalizes them."""
    name = "spam_eggs-1.0.0-cp314-cp314t-win_amd64.whl"
    files = {
        "spam_eggs-1.0.0.dist-info/METADATA": b"Name: Spam.Eggs\nVersion: 1.0\n\n",
        "spam_eggs-1.0.0.dist-info/WHEEL": b"Tag: cp314-cp314t-win_amd64\n\n",
    }
    (tmp_path / name).write_bytes(packed(files))
    assert looked_at(tmp_path / name).misnamed == ()


def test_tags_are_expanded_before_they_are_compared(tmp_path: Path) -> None:
    """One line with several platforms is as good as several lines."""
    name = "spam-1.0-cp314-cp314t-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    one_line = "cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64"
    wheel = looked_at(make_wheel(tmp_path, {}, name, tags=one_line))
    assert wheel.inner_tags == wheel.tags


@pytest.mark.parametrize("tag", ["nonsense", "a-b"])
def test_tags_that_mean_nothing_are_no_tags(tmp_path: Path, tag: str) -> None:
    """They are told like missing ones."""
    assert looked_at(make_wheel(tmp_path, {}, tags=tag)).inner_tags is None


def test_metadata_may_be_any_bytes() -> None:
    """What is no text is an error of the wheel, not of ours."""
    archive = Archive(FREE_THREADED, io.BytesIO(packed({f"{FOLDER}/METADATA": b"\xff\xfe", f"{FOLDER}/WHEEL": b""})))
    with pytest.raises(WheelError, match="is no wheel that can be read"):
        DistInfo(FREE_THREADED, archive)
