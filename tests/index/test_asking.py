"""Many projects are asked about at once, politely, against indexes that tests play on the loopback interface."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.index.serving import Answer, Served, page, projects, serve

from ungil.errors import PackageIndexError
from ungil.index.asking import ask
from ungil.index.configuration import Configuration
from ungil.index.kept import Kept
from ungil.index.questions import Manners, Outcome
from ungil.index.releases import Releases

PURE = "spam-1.0-py3-none-any.whl"
COMPILED = "spam-1.1-cp314-cp314t-manylinux_2_17_x86_64.whl"


def asked(
    served: Served, *names: str, manners: Manners | None = None, timeout: float = 20.0, retries: int = 0
) -> dict[str, Outcome]:
    """What comes back for these projects."""
    configuration = Configuration((served.url,), timeout=timeout, retries=retries)
    return ask(names, configuration, manners or Manners(), lambda _: None)


def failure(outcome: Outcome) -> str:
    """What went wrong, and the advice."""
    assert isinstance(outcome, PackageIndexError)
    return str(outcome)


def versions(outcome: Outcome) -> list[str]:
    """The releases of a project, which must be known."""
    assert isinstance(outcome, Releases), outcome
    return [release.version for release in outcome]


def test_each_project_is_asked_for_once_and_no_more_than_eight_at_a_time() -> None:
    """Forty projects are forty questions, of which never more than eight are open."""
    names = [f"spam-{number}" for number in range(40)]
    answers = {f"/simple/{name}/": Answer(page(f"{name}-1.0.tar.gz"), delay=0.02) for name in names}
    with serve(answers) as served:
        found = asked(served, *names, *names)
    assert {name: versions(outcome) for name, outcome in found.items()} == {name: ["1.0"] for name in names}
    assert sorted(served.paths) == sorted(answers)
    assert 1 < served.most_at_a_time <= 8


def test_a_project_that_the_index_does_not_know_has_no_releases() -> None:
    """Not found is an answer, not a failure."""
    with serve(projects(spam=[PURE])) as served:
        found = asked(served, "spam", "eggs")
    assert (versions(found["spam"]), versions(found["eggs"])) == (["1.0"], [])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_asked_again(status: int) -> None:
    """An index that stumbles once is asked a second time."""
    answers = {"/simple/spam/": Answer(status=status, headers={"Retry-After": "0"}, then=Answer(page(PURE)))}
    with serve(answers) as served:
        found = asked(served, "spam", retries=1)
    assert versions(found["spam"]) == ["1.0"]
    assert len(served.asked) == 2


@pytest.mark.parametrize(
    ("answer", "said", "tries"),
    [
        pytest.param(Answer(status=500), "could not be read: it answers 500", 2, id="500"),
        pytest.param(Answer(status=403), "refuses to answer: 403 Forbidden", 1, id="403"),
        pytest.param(Answer(status=401), "refuses to answer: 401 Unauthorized", 1, id="401"),
        pytest.param(Answer(b"{", content_type="application/json"), "cannot be read", 1, id="half an object"),
        pytest.param(Answer(b'{"files": 3}'), "its JSON is not that of a package index", 1, id="another object"),
        pytest.param(Answer(b'{"files": [{"filename": 1}]}'), "is not that of a package index", 1, id="no file names"),
        pytest.param(Answer(b"[" * 100_000), "cannot be read", 1, id="nested without end"),
        pytest.param(
            Answer(b"<html>please log in</html>", content_type="text/html"), "not a package index", 1, id="a portal"
        ),
        pytest.param(Answer(b"\x00" * 99, headers={"Content-Encoding": "gzip"}), "could not be read", 1, id="no gzip"),
        pytest.param(
            Answer(status=302, headers={"Location": "/simple/spam/"}), "redirects in a circle", 1, id="circle"
        ),
        pytest.param(
            Answer(status=302, headers={"Location": "ftp://x/"}), "could not be read", 1, id="to another scheme"
        ),
        pytest.param(Answer(status=204), "it answers 204", 1, id="nothing"),
    ],
)
def test_an_answer_that_is_none_is_told_with_the_host_that_the_user_configured(
    answer: Answer, said: str, tries: int
) -> None:
    """Each says what was wrong, names the index, and advises; what cannot pass is not asked again."""
    with serve({"/simple/spam/": answer}) as served:
        told = failure(asked(served, "spam", retries=1)["spam"])
    assert said in told
    assert "127.0.0.1" in told
    assert "\n  " in told
    assert len(served.asked) == (6 if "circle" in said else tries)


def test_an_index_that_is_silent_is_given_up() -> None:
    """No answer within the timeout is a failure that says how long that is."""
    with serve({"/simple/spam/": Answer(page(PURE), delay=1.0)}) as served:
        told = failure(asked(served, "spam", timeout=0.2)["spam"])
    assert "it did not answer within 0.2 s" in told


def test_an_index_that_drips_is_given_up() -> None:
    """An answer that comes byte by byte, and would take for ever, ends at four times the timeout."""
    with serve({"/simple/spam/": Answer(page(PURE) + b" " * 10_000, drip=0.02)}) as served:
        told = failure(asked(served, "spam", timeout=0.2)["spam"])
    assert "did not end within 0.8 s" in told


def test_an_index_that_is_down_is_not_asked_for_every_project() -> None:
    """After the first failure of an index that never answered, the rest fails without being asked."""
    names = [f"spam-{number}" for number in range(100)]
    with serve({f"/simple/{name}/": Answer(status=500) for name in names}) as served:
        found = asked(served, *names)
    assert all("answers 500" in failure(outcome) for outcome in found.values())
    assert len(served.asked) <= 16  # eight threads may each have begun two


def test_one_broken_page_keeps_no_other_project_from_being_told() -> None:
    """Nothing is lost: what can be told is told."""
    with serve(projects(spam=[PURE]) | {"/simple/eggs/": Answer(b"{")}) as served:
        found = asked(served, "spam", "eggs")
    assert versions(found["spam"]) == ["1.0"]
    assert "'eggs' cannot be read" in failure(found["eggs"])


def test_without_network_every_project_says_so() -> None:
    """An address where nobody listens is a failure with advice, not an exception."""
    with serve({}) as served:
        pass
    told = failure(asked(served, "spam")["spam"])
    assert "The package index at 127.0.0.1 could not be read" in told
    assert "--offline" in told


def test_redirects_are_followed_and_the_password_stays_with_its_host() -> None:
    """A page may be elsewhere; whoever is there is not told the user and password of the index."""
    with (
        serve(projects(spam=[PURE])) as elsewhere,
        serve({"/simple/spam/": Answer(status=301, headers={"Location": f"{elsewhere.url}/spam/"})}) as served,
    ):
        index = served.url.replace("//", "//user:secret@").replace("127.0.0.1", "localhost")
        found = ask(["spam"], Configuration((index,)), Manners(), lambda _: None)
    assert versions(found["spam"]) == ["1.0"]
    assert "authorization" in served.asked[0][1]
    assert "authorization" not in elsewhere.asked[0][1]


def test_a_password_is_sent_and_not_shown() -> None:
    """User and password go into the Authorization header; no message repeats them."""
    with serve(projects(spam=[PURE]), required="Basic dXNlcjpzJWNyZXQ=") as served:
        right = Configuration((served.url.replace("//", "//user:s%25cret@"),))
        wrong = Configuration((served.url.replace("//", "//user:wr0ng@"),))
        assert versions(ask(["spam"], right, Manners(), lambda _: None)["spam"]) == ["1.0"]
        told = failure(ask(["spam"], wrong, Manners(), lambda _: None)["spam"])
    assert "401" in told
    assert "wr0ng" not in told


def test_an_answer_is_kept_and_used_while_it_holds(tmp_path: Path) -> None:
    """The second run asks nothing, and tells the same; so does an offline one."""
    manners = Manners(kept=Kept(tmp_path))
    with serve(projects(spam=[PURE, COMPILED])) as served:
        first = asked(served, "spam", "eggs", manners=manners)
        second = asked(served, "spam", "eggs", manners=manners)
        assert len(served.asked) == 2
    offline = asked(served, "spam", "eggs", manners=replace(manners, offline=True))
    assert versions(first["spam"]) == versions(second["spam"]) == versions(offline["spam"]) == ["1.0", "1.1"]
    assert versions(second["eggs"]) == versions(offline["eggs"]) == []


def test_an_old_answer_is_asked_whether_it_still_holds(tmp_path: Path) -> None:
    """The index's etag is sent back, and 304 confirms what was kept."""
    manners = Manners(kept=Kept(tmp_path))
    fresh = Answer(page(PURE), headers={"ETag": '"v1"', "Cache-Control": "max-age=0"}, then=Answer(status=304))
    with serve({"/simple/spam/": fresh}) as served:
        asked(served, "spam", manners=manners)
        found = asked(served, "spam", manners=manners)
    assert served.asked[1][1]["if-none-match"] == '"v1"'
    assert versions(found["spam"]) == ["1.0"]


def test_refresh_asks_although_the_answer_holds(tmp_path: Path) -> None:
    """A new release is seen at once by who asks for it."""
    manners = Manners(kept=Kept(tmp_path))
    answer = Answer(page(PURE), headers={"Cache-Control": "max-age=600"}, then=Answer(page(PURE, COMPILED)))
    with serve({"/simple/spam/": answer}) as served:
        assert versions(asked(served, "spam", manners=manners)["spam"]) == ["1.0"]
        assert versions(asked(served, "spam", manners=manners)["spam"]) == ["1.0"]
        assert versions(asked(served, "spam", manners=replace(manners, refresh=True))["spam"]) == ["1.0", "1.1"]


def test_offline_without_a_kept_answer_is_a_failure_that_says_what_to_do(tmp_path: Path) -> None:
    """Nobody is asked, and the advice is to run once without --offline."""
    with serve(projects(spam=[PURE])) as served:
        told = failure(asked(served, "spam", manners=Manners(offline=True, kept=Kept(tmp_path)))["spam"])
    assert "Run once without --offline" in told
    assert served.asked == []


def test_what_was_kept_and_is_damaged_is_asked_anew(tmp_path: Path) -> None:
    """A half-written or foreign file in the cache folder is no answer."""
    manners = Manners(kept=Kept(tmp_path))
    with serve(projects(spam=[PURE])) as served:
        asked(served, "spam", manners=manners)
        for kept in tmp_path.iterdir():
            kept.write_bytes(b"\xff\x00 not ours")
        assert versions(asked(served, "spam", manners=manners)["spam"]) == ["1.0"]
    assert len(served.asked) == 2


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Where the folder would be, there is a file: everything is asked each time."""
    (tmp_path / "file").write_text("")
    manners = Manners(kept=Kept(tmp_path / "file"))
    with serve(projects(spam=[PURE])) as served:
        assert versions(asked(served, "spam", manners=manners)["spam"]) == ["1.0"]


def test_no_password_is_kept(tmp_path: Path) -> None:
    """What is written of a private index's answers tells nobody how to get in."""
    with serve(projects(spam=[PURE])) as served:
        index = served.url.replace("//", "//user:secret@")
        ask(["spam"], Configuration((index,)), Manners(kept=Kept(tmp_path)), lambda _: None)
    written = b"".join(path.name.encode() + path.read_bytes() for path in tmp_path.iterdir())
    assert written
    assert b"secret" not in written


def test_several_indexes_and_folders_are_seen_together(tmp_path: Path) -> None:
    """The main index, another beside it, one that is a folder, and a folder of archives each add their releases."""
    links, root = tmp_path / "links", tmp_path / "root" / "spam"
    links.mkdir()
    root.mkdir(parents=True)
    (links / "spam-1.2-py3-none-any.whl").touch()
    (links / "eggs-1.2-py3-none-any.whl").touch()
    (links / "notes.txt").touch()
    (root / "index.html").write_text('<a href="../../f/spam-1.3.tar.gz" data-requires-python="&gt;=3.9">x</a>')
    with serve(projects(spam=[PURE])) as main, serve(projects(spam=[COMPILED, PURE])) as extra:
        indexes = (main.url, extra.url, (tmp_path / "root").as_uri())
        configuration = Configuration(indexes, find_links=(str(links),))
        found = ask(["spam"], configuration, Manners(), lambda _: None)["spam"]
    assert versions(found) == ["1.0", "1.1", "1.2", "1.3"]
    assert isinstance(found, Releases)
    assert [release.requires_python for release in found] == [None, None, None, ">=3.9"]


def test_offline_a_folder_is_enough(tmp_path: Path) -> None:
    """What find-links has needs no index, and no answer of one."""
    (tmp_path / "spam-1.2-py3-none-any.whl").touch()
    configuration = Configuration(("https://index.invalid/simple",), find_links=(str(tmp_path),))
    found = ask(["spam"], configuration, Manners(offline=True), lambda _: None)
    assert versions(found["spam"]) == ["1.2"]


def test_a_page_of_links_on_the_web_is_read() -> None:
    """find-links may be a URL."""
    html = b'<a href="files/spam-1.2-py3-none-any.whl">x</a> <a href="/">home</a>'
    with serve({"/links.html": Answer(html, content_type="text/html")}) as served:
        place = served.url.replace("/simple", "/links.html")
        found = ask(["spam"], Configuration((), find_links=(place,)), Manners(), lambda _: None)
    assert versions(found["spam"]) == ["1.2"]


def test_a_find_links_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The error names the folder."""
    configuration = Configuration((), find_links=(str(tmp_path / "none"),))
    with pytest.raises(PackageIndexError, match=r"find-links names '.*none', which cannot be read"):
        ask(["spam"], configuration, Manners(), lambda _: None)


def test_an_index_of_html_pages_is_read() -> None:
    """An index that knows only the older form of the simple API tells the same, yanked releases included."""
    html = (
        '<!DOCTYPE html><body><a href="/">up</a><a href="../../f/spam-1.0-py3-none-any.whl#sha256=0" '
        'data-requires-python="&gt;=3.8" data-yanked="broken">spam-1.0-py3-none-any.whl</a></body>'
    )
    with serve({"/simple/spam/": Answer(html.encode(), content_type="text/html; charset=utf-8")}) as served:
        found = asked(served, "spam")["spam"]
    assert isinstance(found, Releases)
    (release,) = found
    assert (release.version, release.wheels, release.requires_python) == ("1.0", ("py3-none-any",), ">=3.8")
    assert release.yanked == "broken"


@pytest.mark.thread_unsafe(reason="each run unpacks 256 MiB")
def test_a_bomb_meets_a_limit() -> None:
    """A small answer that unpacks to more than any page is given up, not unpacked."""
    body = gzip.compress(b"[" + b" " * (300 << 20), 1)
    with serve({"/simple/spam/": Answer(body, headers={"Content-Encoding": "gzip"})}) as served:
        told = failure(asked(served, "spam", timeout=60)["spam"])
    assert "larger than 256 MiB" in told


def test_requires_python_and_days_of_upload_are_told() -> None:
    """What the page says beside the file names is there too."""
    more = {"requires-python": ">=3.10", "upload-time": "2026-03-01T10:11:12.123Z", "yanked": "oops"}
    body = json.loads(page(PURE))
    body["files"][0] |= more
    with serve({"/simple/spam/": Answer(json.dumps(body).encode())}) as served:
        found = asked(served, "spam")["spam"]
    assert isinstance(found, Releases)
    (release,) = found
    assert (release.requires_python, release.uploaded, release.yanked) == (">=3.10", "2026-03-01", "oops")
