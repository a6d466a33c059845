"""``ungil port``: should this extension declare that it needs no GIL? All that there is to know, in one report."""

from __future__ import annotations

import argparse
import math
import re
import shlex
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ungil.audit import Policy
from ungil.cli.command import Subparsers
from ungil.cli.formats import Form, add_output, forms_of, names, style_for, write_rendered
from ungil.cli.progress import Progress
from ungil.cli.settings import per_file_ignores, settings_of, wanted
from ungil.errors import ExitCode, MissingExtraError
from ungil.finding import Severity
from ungil.port.evidence import Evidence, Reached, Stage, Step

if TYPE_CHECKING:  # what goes the road takes time to load
    from ungil.port.folder import Folder
    from ungil.port.order import Order

__all__ = ["add_to"]

FORMATS = ("text", "html", "markdown", "json")

_EPILOG = """\
The stages: audit, fix (a patch, never in place), build for 3.14t, stress (the project's tests in threads), hammer (with
what the tests do), scaling (two threads beside one), wheel (tag, binary, import). What fails or has nothing to do says
why, and the others go on. What was done is kept in a folder, by the contents of the sources: run it again after Ctrl-C,
or after a change, and only what that changes is done anew.

PATH is only read: everything is done in copies. By default the evidence is about the code as it stands; --apply-fixes
builds it with the patch, and says so.

Exit codes: 0 nothing found, 1 findings, 2 the job could not be done: a stage failed, which the report names."""


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "port",
        help="go the whole road, and report the evidence",
        description="Audits, repairs, builds, stresses, hammers, times and checks a project, and reports the evidence.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH", help="the project's folder, its sdist, or NAME==VERSION")
    _add_road(parser)
    _add_selection(parser)
    add_output(parser, FORMATS)
    parser.set_defaults(run=run)


def _add_road(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how far and how long")
    stages = [str(stage) for stage in Stage]
    group.add_argument(
        "--until", metavar="STAGE", choices=stages, default="wheel", help=f"the last: {', '.join(stages)}"
    )
    group.add_argument(
        "--budget",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="for all stages (default: none for all, 60 a hunt)",
    )
    group.add_argument(
        "--build-deadline", metavar="SECONDS", type=_seconds, default=0.0, help="for the build, whatever the budget"
    )
    group.add_argument("--folder", metavar="FOLDER", type=Path, help="where all is kept (default: .ungil/port/NAME)")
    fixes = group.add_mutually_exclusive_group()
    fixes.add_argument("--apply-fixes", action="store_true", help="build the rest with the patch")
    fixes.add_argument("--no-fixes", dest="apply_fixes", action="store_false", help="as it stands (default)")
    group.add_argument("--seed", metavar="N", type=int, help="repeat the choices of an earlier run")
    group.add_argument("--threads", type=int, choices=[2, 3], default=2, help="that the hammer uses (default: 2)")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is reported")
    rules = "rules by code (UG101), beginning of a code (UG1) or name, with commas between; may be repeated"
    group.add_argument("--select", metavar="RULES", action="append", help=f"audit for these alone: {rules}")
    group.add_argument("--ignore", metavar="RULES", action="append", help="do not look for these, even if selected")
    levels = [str(severity) for severity in Severity]
    group.add_argument("--level", choices=levels, help="the least serious level to report (default: warning)")
    group.add_argument("--no-config", action="store_true", help="leave the project's pyproject.toml aside")


def run(options: argparse.Namespace) -> ExitCode:
    """Goes the road, reports, and says by its exit code what came of it."""
    missing = [name for name in ("cattrs", "jinja2") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{' and '.join(missing)} not installed, for what is kept and the report.", "pip install 'ungil[port]'"
        )
    from ungil.port.folder import alone, opened  # noqa: PLC0415 - these take time to load, and `ungil --help` needs none
    from ungil.port.road import travel  # noqa: PLC0415
    from ungil.port.subject import name_of  # noqa: PLC0415

    forms = forms_of(options)
    order = _order(options)
    folder, note = opened(options.folder, name_of(options.path), Path(options.path))
    style = style_for(sys.stdout)
    is_text = any(form == Form("text", None) for form in forms)
    if note:
        print(f"ungil: {note}", file=sys.stderr)
    try:
        with alone(folder), Progress(sys.stderr) as progress:
            tell = _teller(progress, style_for(sys.stderr) if not is_text else style, on_output=is_text)
            evidence = travel(order, folder, progress, tell)
            reports = _leave(evidence, folder)
    except KeyboardInterrupt:
        print("ungil: what was done is kept: the same command goes on from here", file=sys.stderr)
        raise
    for form in forms:
        if form.file is not None:
            write_rendered(form.file, _rendered(evidence, form.name))
        elif form.name == "text":
            from ungil.report.evidence import text  # noqa: PLC0415

            sys.stdout.write("\n" + text.render(evidence, style, steps=False, reports=reports))
        else:
            sys.stdout.write(_rendered(evidence, form.name))
    return _code(evidence)


def _order(options: argparse.Namespace) -> Order:
    from ungil.port.order import Order  # noqa: PLC0415 - see above

    path = Path(options.path)
    settings, home = settings_of(path, no_config=options.no_config)
    policy = Policy(
        select=names(options.select) if options.select is not None else settings.select,
        ignore=names(options.ignore) if options.ignore is not None else settings.ignore,
        per_file_ignores=per_file_ignores(path, settings, home),
        level=Severity(options.level) if options.level is not None else settings.level,
        origins=(
            "select in pyproject.toml" if options.select is None else "--select",
            "ignore in pyproject.toml" if options.ignore is None else "--ignore",
        ),
    )
    return Order(
        target=options.path,
        command=shlex.join(["ungil", *sys.argv[1:]]),
        policy=policy,
        wanted=wanted(path, settings, home),
        settings=repr((policy, settings)),
        until=Stage(options.until),
        budget=options.budget,
        build_deadline=options.build_deadline,
        apply_fixes=options.apply_fixes,
        seed=options.seed,
        threads=options.threads,
    )


def _teller(progress: Progress, style: object, *, on_output: bool) -> Callable[[Step], None]:
    """Says how a stage went, as soon as it is over: beside the report where that is not for people."""
    from ungil.report.evidence import text  # noqa: PLC0415 - see above
    from ungil.report.terminal import Style  # noqa: PLC0415

    assert isinstance(style, Style)  # noqa: S101 - for the type checker

    def tell(step: Step) -> None:
        progress.clear()
        print(text.stage(step, style), file=sys.stdout if on_output else sys.stderr, flush=True)

    return tell


def _leave(evidence: Evidence, folder: Folder) -> tuple[tuple[str, str], ...]:
    """The report where people look for it, and the patch; what they are, and where."""
    from ungil.port.folder import PATCH  # noqa: PLC0415 - see above

    files = {"evidence.json": "json", "report.html": "html", "report.md": "markdown"}
    for file, name in files.items():
        folder.leave(file, _rendered(evidence, name))
    if evidence.repaired and evidence.repaired.patch:
        folder.leave(PATCH, evidence.repaired.patch)
        files[PATCH] = ""
    labels = {"report.html": "Report", PATCH: "Patch"}
    return tuple((label, _near(folder.path / file)) for file, label in labels.items() if file in files)


def _near(path: Path) -> str:
    """As seen from here, if it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _rendered(evidence: Evidence, name: str) -> str:
    """One report. Only the format that is asked for is loaded."""
    module = import_module(f"ungil.report.evidence.{name}")
    if name == "text":
        return str(module.render(evidence, style_for(None)))
    return str(module.render(evidence))


def _code(evidence: Evidence) -> ExitCode:
    if any(step.reached is Reached.FAILED for step in evidence.steps):
        return ExitCode.FAILED
    return ExitCode.FINDINGS if evidence.findings else ExitCode.CLEAN


def _seconds(text: str) -> float:
    """A number of seconds, for argparse."""
    seconds = float(text) if re.fullmatch(r"\d+(\.\d*)?", text) else math.nan
    if not 1 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds from 1 on")
    return seconds
