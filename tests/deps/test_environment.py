"""What is installed, here or in another environment, of which nothing is run."""

from pathlib import Path

from tests.deps.environments import environment, install
from tests.deps.judging import TARGET
from tests.deps.reading import named, pinned, tree

from ungil.deps import environment as environments


def test_another_environment_is_read(tmp_path: Path) -> None:
    """Names and versions, who needs whom in which versions where the markers hold, and where each came from."""
    site = environment(tmp_path)
    install(
        site, "Spam_Eggs", "1.0", "ham>=2", "tool; extra == 'dev'", "winny; sys_platform == 'win32'", "old (>1) what"
    )
    install(site, "ham", "2.0")
    install(site, "tool", "1.0", direct_url='{"url": "https://user:secret@git.example/tool", "vcs_info": {}}')
    install(site, "broken", "one")
    found = tree(tmp_path)
    assert pinned(found) == ["ham==2.0", "spam-eggs==1.0", "tool==1.0"]
    ham = named(found, "ham")
    assert ham.needed_by == ("spam-eggs",)
    assert [(str(one.versions), one.by) for one in ham.constraints] == [(">=2", "spam-eggs")]
    assert named(found, "tool").source == "https://***@git.example/tool"
    assert found.remarks == ("Not judged, since its metadata is damaged: 'one' is not a version.",)
    assert found.folders == (str(site),)


def test_a_package_without_metadata_is_told(tmp_path: Path) -> None:
    """Whether all of it is missing or just the version: what else is installed is judged all the same."""
    site = environment(tmp_path)
    install(site, "spam", "1.0")
    (site / "lost-1.0.dist-info").mkdir()
    (site / "part-1.0.dist-info").mkdir()
    (site / "part-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: part\n\n", encoding="utf-8")
    found = tree(tmp_path)
    assert pinned(found) == ["spam==1.0"]
    assert len(found.remarks) == 2
    assert all(remark.startswith("Not judged, since its metadata is damaged: ") for remark in found.remarks)


def test_of_two_packages_with_one_name_the_first_counts(tmp_path: Path) -> None:
    """What an upgrade has left behind is not told twice."""
    site = environment(tmp_path)
    install(site, "spam", "1.0")
    install(site, "spam", "2.0")
    assert len(tree(tmp_path).dependencies) == 1


def test_a_damaged_direct_url_is_still_no_index(tmp_path: Path) -> None:
    """Such a package is not asked about, whatever its file says."""
    install(environment(tmp_path), "spam", "1.0", direct_url="[]")
    assert named(tree(tmp_path), "spam").source == "a place that its direct_url.json does not tell"


def test_the_environment_that_ungil_runs_in_is_read() -> None:
    """Without a name it is this one: pytest is installed in it."""
    found = environments.read(None, TARGET)
    assert "pluggy" in {one.name for one in found.dependencies}
    assert "pytest" in named(found, "pluggy").needed_by
