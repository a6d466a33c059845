"""What many projects have released, on every index and in every folder that pip is set up to use.

An index that was asked a short while ago is not asked again, one that was asked before is asked whether its answer
still holds. Folders on this machine are read each time.
"""

from __future__ import annotations

from collections.abc import Iterable

from ungil.errors import NotKeptError, PackageIndexError
from ungil.index.address import is_local, shown
from ungil.index.configuration import Configuration
from ungil.index.folders import by_project, in_folder_index, linked
from ungil.index.page import IndexFile
from ungil.index.questions import Manners, Outcome, Question, Report, answers, clients
from ungil.index.releases import Releases, distil, merged

__all__ = ["ask"]


def ask(projects: Iterable[str], configuration: Configuration, manners: Manners, report: Report) -> dict[str, Outcome]:
    """The releases of each project, or why they cannot be told; no releases where no index knows the project.

    Args:
        projects: their normal names.
        configuration: the indexes, and how to reach them.
        manners: whether and when to ask anew.
        report: told, now and then, what is being done.

    Raises:
        PackageIndexError: a folder that is to be searched cannot be read.
        MissingExtraError: httpx is not installed, and an index has to be asked.
    """
    names = list(dict.fromkeys(projects))
    links = by_project(file for place in configuration.find_links for file in _links(place, configuration, manners))
    web = [index for index in configuration.indexes if not is_local(index)]
    outcomes = _asked([(index, name) for name in names for index in web], configuration, manners, report)
    found = {}
    for name in names:
        several: list[Outcome] = [distil(name, links.get(name, []))]
        several += [
            _in_folder(index, name) if is_local(index) else outcomes[index, name] for index in configuration.indexes
        ]
        found[name] = _together(several, manners)
    manners.kept.tidy()
    return found


def _together(several: list[Outcome], manners: Manners) -> Outcome:
    """What all places have of one project. One that cannot tell makes the whole uncertain, unless it is not asked."""
    failures = [one for one in several if isinstance(one, PackageIndexError)]
    everything = merged(one for one in several if isinstance(one, Releases))
    if failures and not (manners.offline and everything):
        return failures[0]
    return everything


def _asked(
    pairs: list[tuple[str, str]], configuration: Configuration, manners: Manners, report: Report
) -> dict[tuple[str, str], Outcome]:
    """What indexes on the web have; those that need not be asked are not."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    questions = []
    for index, project in pairs:
        question = Question(index, project, manners.kept)
        outcome = _without_asking(question, manners)
        if outcome is None:
            questions.append(question)
        else:
            outcomes[index, project] = outcome
    if questions:
        outcomes |= answers(questions, configuration, manners, report)
    return outcomes


def _without_asking(question: Question, manners: Manners) -> Outcome | None:
    known = question.known
    if known is not None and (manners.offline or (known.holds and not manners.refresh)):
        return Releases(known.lines)
    if manners.offline:
        return NotKeptError(
            f"No answer of {shown(question.index)} about this project was kept.", "Run once without --offline."
        )
    return None


def _in_folder(index: str, project: str) -> Outcome:
    try:
        return distil(project, in_folder_index(index, project))
    except PackageIndexError as error:
        return error


def _links(place: str, configuration: Configuration, manners: Manners) -> list[IndexFile]:
    """What a folder or a page of find-links has, of all projects."""
    if is_local(place):
        return linked(place)
    if manners.offline:
        return []
    with clients(configuration)() as client:
        reply = client.get(place, {})
    try:
        return reply.files(place)
    except ValueError as error:
        raise PackageIndexError(
            f"find-links names a page on {shown(place)} that cannot be read: {error}.", "Correct --find-links."
        ) from error
