"""``ungil deps``: what is there of a project's dependencies for a free-threaded build?"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ungil.cli import deps_options
from ungil.cli.command import Subparsers
from ungil.cli.formats import Form, forms_of, style_for, write_rendered
from ungil.cli.progress import Progress
from ungil.errors import ExitCode, MissingExtraError
from ungil.finding import Severity

if TYPE_CHECKING:  # what reads lock files takes time to load
    from ungil.deps.check import Checked
    from ungil.deps.rule import DependencyRule

__all__ = ["add_to"]

_EPILOG = """\
WHAT is a uv.lock, pylock.toml, poetry.lock, requirements.txt or pyproject.toml, a folder with one of them, or a virtual
environment; without it, the environment that ungil runs in. What names no versions is resolved by uv where there is
one, else by pip, without running build backends. The package indexes are those that pip is set up to use.

Nothing of the packages is downloaded, built or run, unless asked for: --binaries has pip download their wheels and
reads them, --import imports their modules in child processes, as a program that uses them would.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be found out (the rest is reported)."""


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "deps",
        help="what is there of a project's dependencies for a free-threaded build?",
        description="Says of each package of a resolved tree whether it has a wheel for a free-threaded build, since "
        "which version, and what to upgrade.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", metavar="WHAT", nargs="?", help="a lock file, requirements, a project, an environment")
    deps_options.add(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Reads, asks, reports, and says by its exit code whether anything was found or could not be found out."""
    _require_extra()
    from ungil.deps.check import check, looked_up  # noqa: PLC0415 - these take time to load; `ungil --help` needs none
    from ungil.deps.read import read  # noqa: PLC0415
    from ungil.deps.target import target  # noqa: PLC0415

    forms, fail_on = forms_of(options), deps_options.fail_on(options)
    rules = _rules(options)
    aim = target(options.python, options.platform)
    allowed = deps_options.accepted(options.allow)
    with Progress(sys.stderr) as progress:
        progress(f"reading {options.what or 'the environment'}")
        tree, requirements = read(options.what, deps_options.wish(options, aim))
        progress("asking pip which indexes there are")
        packages = looked_up(
            tree, aim, deps_options.configured(options, requirements), deps_options.manners(options), progress
        )
        if options.binaries or options.imports:
            from ungil.deps.looking import inspected  # noqa: PLC0415

            packages = inspected(tree, packages, aim, deps_options.inspection(tree, requirements, options), progress)
    checked = check(
        tree,
        packages,
        target=aim,
        rules=rules,
        level=Severity(options.level),
        accepted=allowed,
    )
    _report(checked, forms, full=options.full)
    return _exit_code(checked, fail_on)


def _rules(options: argparse.Namespace) -> list[DependencyRule]:
    """Those that are looked for."""
    from ungil.audit.selection import resolve  # noqa: PLC0415
    from ungil.deps.rules import dependency_rules  # noqa: PLC0415

    every = dependency_rules()
    selected = deps_options.names(options.select or ["UG"])
    chosen = resolve(selected, every, "--select") - resolve(deps_options.names(options.ignore or []), every, "--ignore")
    return [rule for rule in every if rule.code in chosen]


def _exit_code(checked: Checked, fail_on: Severity | None) -> ExitCode:
    for error, names in checked.failures.values():
        print(f"ungil: error: {_few(names)}: {error}", file=sys.stderr)
    if checked.failures:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if fail_on is not None and checked.fails_on(fail_on) else ExitCode.CLEAN


def _few(names: list[str]) -> str:
    most = 5
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _require_extra() -> None:
    try:
        from packaging.markers import prepare_environment  # noqa: F401, PLC0415 - tells whether it is new enough
    except ImportError as error:
        raise MissingExtraError(
            "'ungil deps' needs a newer 'packaging' than is installed.", "Install it with: pip install 'ungil[deps]'"
        ) from error


def _report(checked: Checked, forms: list[Form], *, full: bool) -> None:
    for one in forms:
        if one.file is not None:
            write_rendered(one.file, _rendered(checked, one, full=full))
    for one in forms:
        if one.file is None:
            sys.stdout.write(_rendered(checked, one, full=full))


def _rendered(checked: Checked, one: Form, *, full: bool) -> str:
    """One report. Only the format that is asked for is loaded."""
    from importlib import import_module  # noqa: PLC0415

    module = import_module(f"ungil.report.dependencies.{one.name}")
    if one.name == "text":
        return str(module.render(checked, style_for(sys.stdout if one.file is None else None), full=full))
    return str(module.render(checked))
