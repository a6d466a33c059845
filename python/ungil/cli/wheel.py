"""``ungil wheel check``: does a wheel keep what its tag promises?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ungil.cli.command import Subparsers
from ungil.cli.formats import Form, form, forms_of, names, style_for, write_rendered
from ungil.cli.progress import Progress
from ungil.errors import ExitCode, UngilError, WheelError
from ungil.finding import Severity
from ungil.source import RELEASE

if TYPE_CHECKING:  # what looks at wheels takes time to load
    from ungil.wheel.model import Wheel
    from ungil.wheel.result import Checked

__all__ = ["add_to"]

_EPILOG = """\
Every shared library in the wheel is read, in a child process. Modules that an interpreter at hand can run are imported
in another one: a wheel for 3.14t by 3.14t. That runs the wheel's code, as installing and importing it would;
--no-import runs nothing of it.

Of a release, the free-threaded wheels for this platform are checked, or those that --match chooses.

Exit codes: 0 nothing at or above the level, 1 findings, 2 a wheel could not be checked (the others are reported)."""


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    wheel = commands.add_parser("wheel", help="look into wheels: tag, binary and behaviour")
    parser = wheel.add_subparsers(required=True, metavar="ACTION").add_parser(
        "check",
        help="do the tag, the binaries and the import agree?",
        description="Says of each extension module whether it declares that it needs no GIL, how that was found out,\n"
        "and what is wrong with the wheel.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("wheels", metavar="WHEEL", nargs="+", help="a wheel's file, or NAME==VERSION from the index")
    parser.add_argument(
        "--match", metavar="PATTERN", help="of a release, the wheels whose file name matches: '*cp314t-win*'"
    )
    run = parser.add_argument_group("what is run")
    run.add_argument("--no-import", action="store_true", help="read the wheel only; run nothing of it")
    run.add_argument(
        "--python",
        metavar="PATH",
        type=Path,
        action="append",
        help="run modules by this free-threaded interpreter, of an environment with what they need; may be repeated",
    )
    run.add_argument("--timeout", metavar="SECONDS", type=_seconds, default=20, help="for each module (default: 20)")
    _add_report(parser)
    parser.set_defaults(run=run_check)


def _seconds(text: str) -> int:
    """A deadline, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds from 1 on")
    return int(text)


def _add_report(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is reported")
    group.add_argument(
        "--select", metavar="RULES", action="append", help="these rules alone: UG801, UG81, undeclared-module"
    )
    group.add_argument("--ignore", metavar="RULES", action="append", help="not these rules, even if selected")
    levels = [str(severity) for severity in Severity]
    group.add_argument(
        "--level", choices=levels, default="warning", help="the least serious level to report (default: warning)"
    )
    group.add_argument(
        "--format",
        metavar="FORMAT[=FILE]",
        action="append",
        type=form,
        help="text (default), json, sarif, github, markdown; with =FILE written there as well; may be repeated",
    )
    group.add_argument("--output", metavar="FILE", type=Path, help="write the report to FILE, not to standard output")


def run_check(options: argparse.Namespace) -> ExitCode:
    """Checks each wheel, reports, and says by its exit code whether anything was found or could not be done."""
    from ungil.audit.selection import resolve  # noqa: PLC0415 - these take time to load, and `ungil --help` needs none
    from ungil.wheel import hosts, reading, result  # noqa: PLC0415
    from ungil.wheel.check import Run, check  # noqa: PLC0415
    from ungil.wheel.rules import wheel_rules  # noqa: PLC0415

    forms = forms_of(options)
    rules = wheel_rules()
    chosen = resolve(names(options.select), rules, "--select") if options.select else {rule.code for rule in rules}
    chosen -= resolve(names(options.ignore or []), rules, "--ignore")
    reading.require_readers()
    run = Run(allowed=not options.no_import, hosts=hosts.named(options.python or []), seconds=options.timeout)
    wheels: list[Wheel] = []
    refused: list[tuple[str, UngilError]] = []
    with Progress(sys.stderr) as progress, reading.Reader() as reader:
        look = partial(check, run=run, report=progress, reader=reader)
        for target in options.wheels:
            _check(target, options.match, look, progress, wheels, refused)
    checked = result.judged(wheels, refused, [rule for rule in rules if rule.code in chosen], Severity(options.level))
    _report(checked, forms)
    for _, error in refused:
        print(f"ungil: error: {error}", file=sys.stderr)
    return ExitCode.FAILED if refused else ExitCode.FINDINGS if checked.findings else ExitCode.CLEAN


def _check(  # noqa: PLR0913, PLR0917 - what one wheel needs, and where its result goes
    target: str,
    match: str | None,
    look: Callable[[Path], Wheel],
    progress: Callable[[str], None],
    wheels: list[Wheel],
    refused: list[tuple[str, UngilError]],
) -> None:
    """Checks what a word on the command line stands for; what cannot be done keeps nothing else from being done."""
    try:
        with _files(target, match, progress) as files:
            for path in files:
                try:
                    wheels.append(look(path))
                except UngilError as error:
                    refused.append((path.name, error))
    except UngilError as error:
        refused.append((target, error))


@contextmanager
def _files(target: str, match: str | None, progress: Callable[[str], None]) -> Iterator[Iterator[Path]]:
    """The wheels that a word stands for; those of a release are downloaded one by one and removed behind it."""
    path = Path(target)
    release = RELEASE.fullmatch(target)
    if release is None or path.exists():
        if path.is_dir():
            raise WheelError(f"'{target}' is a folder.", f"Name the wheels in it: {path / '*.whl'}")
        if not path.exists():
            raise WheelError(f"There is nothing at '{target}'.", "Name a wheel's file, or a release: NAME==VERSION.")
        yield iter([path])
        return
    with tempfile.TemporaryDirectory(prefix="ungil-") as folder:
        yield _downloaded(release["name"], release["version"], match, Path(folder), progress)


def _downloaded(
    name: str, version: str, match: str | None, folder: Path, progress: Callable[[str], None]
) -> Iterator[Path]:
    from ungil import index  # noqa: PLC0415 - only a release needs the network, which takes time to import
    from ungil.wheel.choice import chosen, suggested  # noqa: PLC0415

    files = index.wheels(name, version)
    names = [file.filename for file in files]
    wanted = {one for one in names if fnmatchcase(one, match)} if match is not None else set(chosen(names))
    if not wanted:
        told = f"none that matches '{match}'" if match is not None else "no free-threaded one for this machine"
        raise WheelError(
            f"Of the {len(names):,} wheels of {name} {version} there is {told}.",
            f"Choose with --match PATTERN, among: {suggested(names)}",
        )
    for file in files:
        if file.filename in wanted:
            progress(f"downloading {file.filename}")
            target = folder / file.filename
            target.write_bytes(index.download(file))
            yield target
            target.unlink()


def _report(checked: Checked, forms: list[Form]) -> None:
    for one in forms:
        if one.file is not None:
            write_rendered(one.file, _rendered(checked, one))
    for one in forms:
        if one.file is None:
            sys.stdout.write(_rendered(checked, one))


def _rendered(checked: Checked, one: Form) -> str:
    """One report. Only the format that is asked for is loaded."""
    from importlib import import_module  # noqa: PLC0415

    module = import_module(f"ungil.report.wheels.{one.name}")
    if one.name == "text":
        return str(module.render(checked, style_for(sys.stdout if one.file is None else None)))
    return str(module.render(checked))
