"""The ``ungil`` command. One thin file per subcommand; the only place that prints or exits."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ungil import __version__
from ungil.cli import audit, explain, python
from ungil.errors import ExitCode, UngilError
from ungil.interpreter import InterpreterError

__all__ = ["main"]

_COMMANDS = (audit, explain, python)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 clean, 1 findings, 2 the job could not be done."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (UngilError, InterpreterError) as error:
        print(f"ungil: error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    except BrokenPipeError:  # the reader, `head` perhaps, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except KeyboardInterrupt:
        print("ungil: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ungil",
        description="Take a Python extension off the GIL: find what is unsafe.",
        epilog="Exit codes: 0 clean, 1 findings, 2 the job could not be done.",
    )
    parser.add_argument("--version", action="version", version=f"ungil {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser
