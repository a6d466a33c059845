"""The options of ``ungil deps``, and what they mean."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ungil.cli.formats import form
from ungil.errors import UsageError
from ungil.files import cache_folder
from ungil.finding import Severity

if TYPE_CHECKING:  # what reads lock files takes time to load
    from ungil.deps.looking import Inspection
    from ungil.deps.model import Selection, Tree
    from ungil.deps.read import Wish
    from ungil.deps.requirements import Requirements
    from ungil.deps.target import Target
    from ungil.index.configuration import Configuration
    from ungil.index.questions import Manners

__all__ = ["accepted", "add", "configured", "fail_on", "inspection", "manners", "names", "wish"]

_LONGEST = 3600.0  # seconds


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the options to the command's parser."""
    _add_target(parser)
    _add_indexes(parser)
    _add_report(parser)


def _add_target(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what for")
    group.add_argument("--python", metavar="VERSION", default="3.14t", help="the build: 3.14t (default), 3.15t")
    group.add_argument(
        "--platform", metavar="TAG", help="manylinux_2_28_x86_64, macosx_14_0_arm64, win_amd64, ... (default: this one)"
    )
    group.add_argument(
        "--extra", metavar="NAME", action="append", default=[], help="an extra to count; may be repeated"
    )
    group.add_argument("--group", metavar="NAME", action="append", default=[], help="a dependency group; the same")
    group.add_argument("--everything", action="store_true", help="count all extras and groups")
    group.add_argument(
        "--resolver",
        choices=["auto", "uv", "pip", "none"],
        default="auto",
        help="who chooses versions where nobody has (default: uv if there is one, else pip)",
    )
    group.add_argument("--binaries", action="store_true", help="also read what the modules in the wheels declare")
    group.add_argument("--import", dest="imports", action="store_true", help="also import them, in child processes")
    group.add_argument("--allow-builds", action="store_true", help="let the resolver run build backends")


def _add_indexes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where packages come from (default: as pip is set up)")
    group.add_argument("--index-url", metavar="URL", help="the main index, instead of pip's")
    group.add_argument(
        "--extra-index-url", metavar="URL", action="append", dest="extra_index_urls", default=[], help="one beside it"
    )
    group.add_argument(
        "--find-links", metavar="PLACE", action="append", default=[], help="a folder of archives, or a page"
    )
    group.add_argument("--no-index", action="store_true", help="no index, only --find-links")
    group.add_argument("--offline", action="store_true", help="ask nobody: what was kept, and folders")
    group.add_argument("--refresh", action="store_true", help="ask anew whether kept answers still hold")
    group.add_argument("--no-cache", action="store_true", help="neither use nor keep answers")
    group.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, help="of silence, after which an index is given up"
    )


def _seconds(text: str) -> float:
    """Reads a number of seconds, for argparse."""
    seconds = float(text)
    if not 0 < seconds < _LONGEST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time to wait")
    return seconds


def _add_report(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is reported")
    levels = [str(severity) for severity in Severity]
    group.add_argument("--select", metavar="RULES", action="append", help="these rules alone: UG850, yanked-release")
    group.add_argument("--ignore", metavar="RULES", action="append", help="not these rules, even if selected")
    group.add_argument(
        "--allow", metavar="PACKAGES", action="append", default=[], help="packages that may be as they are"
    )
    group.add_argument(
        "--level", choices=levels, default="warning", help="the least serious level to report (default: warning)"
    )
    group.add_argument(
        "--fail-on",
        choices=[*levels, "never"],
        help="the least serious level to exit with 1 for (default: the one of --level)",
    )
    group.add_argument("--full", action="store_true", help="also list packages that need nothing (text)")
    group.add_argument(
        "--format",
        metavar="FORMAT[=FILE]",
        action="append",
        type=form,
        help="text (default), json, sarif, github, markdown; with =FILE written there as well; may be repeated",
    )
    group.add_argument("--output", metavar="FILE", type=Path, help="write the report to FILE, not to standard output")


def fail_on(options: argparse.Namespace) -> Severity | None:
    """The least serious level to fail on; None: nothing that is found is.

    Raises:
        UsageError: findings of that level are not reported.
    """
    if options.fail_on == "never":
        return None
    level, least = Severity(options.level), Severity(options.fail_on or options.level)
    if list(Severity).index(least) > list(Severity).index(level):
        raise UsageError(
            f"What is less serious than '{level}' is not reported, and cannot fail.", f"Say --level {least} as well."
        )
    return least


def names(lists: list[str]) -> tuple[str, ...]:
    """Names that were given in several lists, with commas between them."""
    return tuple(name.strip() for one in lists for name in one.split(",") if name.strip())


def accepted(lists: list[str]) -> frozenset[str]:
    """The packages that may be as they are, by their normal names.

    Raises:
        UsageError: no package can be called that.
    """
    from ungil.deps.model import a_name  # noqa: PLC0415

    try:
        return frozenset(a_name(name) for name in names(lists))
    except ValueError as error:
        raise UsageError(f"{error}.", "Write names as an index does.") from error


def _selection(options: argparse.Namespace) -> Selection:
    from ungil.deps.model import Selection, a_name  # noqa: PLC0415

    try:
        extras, groups = (frozenset(map(a_name, names)) for names in (options.extra, options.group))
    except ValueError as error:
        raise UsageError(f"{error}, nor of an extra or a group.", "Write it as the project does.") from error
    return Selection(extras, groups, options.everything)


def inspection(tree: Tree, requirements: Requirements | None, options: argparse.Namespace) -> Inspection:
    """What is done with extension modules.

    Raises:
        UsageError: wheels would have to be downloaded, offline.
    """
    from ungil.deps.looking import Inspection  # noqa: PLC0415

    if options.offline and not tree.folders:
        raise UsageError("--binaries and --import download wheels.", "Leave --offline away, or name an environment.")
    index_options = (*(_index_options(requirements) if requirements is not None else ()), *_index_options(options))
    return Inspection(read=options.binaries, run=options.imports, index_options=index_options)


def _index_options(said: argparse.Namespace | Requirements) -> tuple[str, ...]:
    """What says where packages come from, as options that pip and uv both understand."""
    places = [("--index-url", [said.index_url] if said.index_url else [])]
    places += [("--extra-index-url", said.extra_index_urls), ("--find-links", said.find_links)]
    given = [part for name, values in places for value in values for part in (name, value)]
    return (*given, *(["--no-index"] if said.no_index else []))


def wish(options: argparse.Namespace, aim: Target) -> Wish:
    """How the tree is read.

    Raises:
        UsageError: an extra or a group cannot be called that.
    """
    from ungil.deps.read import Wish  # noqa: PLC0415
    from ungil.deps.resolve import Resolver  # noqa: PLC0415

    return Wish(
        target=aim,
        selection=_selection(options),
        resolver=Resolver(options.resolver),
        index_options=_index_options(options),
        offline=options.offline,
        allow_builds=options.allow_builds,
    )


def configured(options: argparse.Namespace, requirements: Requirements | None) -> Configuration:
    """Where packages come from: what the command line says, else the requirements file, else pip's settings."""
    from ungil.index.configuration import configuration  # noqa: PLC0415

    found = configuration()
    for said in (requirements, options):
        if said is not None:
            found = found.with_places(said.index_url, said.extra_index_urls, said.find_links, no_index=said.no_index)
    return replace(found, timeout=options.timeout) if options.timeout is not None else found


def manners(options: argparse.Namespace) -> Manners:
    """How indexes are asked."""
    from ungil.index.kept import Kept  # noqa: PLC0415
    from ungil.index.questions import Manners  # noqa: PLC0415

    kept = Kept(None if options.no_cache else cache_folder("index"))
    return Manners(offline=options.offline, refresh=options.refresh, kept=kept)
