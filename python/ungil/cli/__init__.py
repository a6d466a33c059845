"""The ``ungil`` command. One thin file per subcommand; the only place that prints or exits."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from ungil import __version__
from ungil.errors import ExitCode, UngilError

__all__ = ["main"]

_COMMANDS = (
    "audit",
    "fix",
    "port",
    "stress",
    "hammer",
    "wheel",
    "deps",
    "rules",
    "explain",
    "new",
    "python",
)  # each a module of its own beside this one


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 clean, 1 findings, 2 the job could not be done."""
    if arguments is None:
        _end_what_was_started()
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given[:1]).parse_args(given)
    _write_utf8()
    try:
        code = int(options.run(options))
        sys.stdout.flush()
    except UngilError as error:
        print(f"ungil: error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    except OSError as error:
        if error.filename is not None:
            raise  # not the output, and nothing that a command foresees
        _abandon_output()
        if not isinstance(error, BrokenPipeError):  # a reader, `head` perhaps, that has had enough is no error to tell
            print(f"ungil: error: the output cannot be written: {error.strerror}.", file=sys.stderr)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        print("ungil: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    return code


def _end_what_was_started() -> None:
    """Has a signal that ends this process unwind it first: what it has started has sessions of its own, and is killed.

    Without that, tests would go on when a CI job is cancelled, or a terminal closed.
    """

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored
            signal.signal(number, end)


def _write_utf8() -> None:
    """JSON and SARIF are UTF-8 whatever the locale; a terminal that lacks a character gets a replacement."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")


def _abandon_output() -> None:
    """Keeps the interpreter from trying, and failing, to write at exit what it could not write before."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(first: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; of the commands, the one that ``first`` names is all that it has to load."""
    parser = argparse.ArgumentParser(
        prog="ungil",
        description="Take a Python extension off the GIL: find what is unsafe.",
        epilog="Exit codes: 0 clean, 1 findings, 2 the job could not be done.",
    )
    parser.add_argument("--version", action="version", version=f"ungil {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in first if set(first) & set(_COMMANDS) else _COMMANDS:
        import_module(f"{__name__}.{name}").add_to(commands)
    return parser
