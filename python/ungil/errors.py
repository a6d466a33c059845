"""Every way to fail: what happened, what to do next, and the exit code that says so to a script.

Libraries raise; only ``ungil.cli`` prints and exits.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

__all__ = [
    "BaselineError",
    "BuildError",
    "ConfigurationError",
    "ExitCode",
    "HarvestError",
    "MissingExtraError",
    "ModelError",
    "NotKeptError",
    "OutputError",
    "PackageIndexError",
    "ResolutionError",
    "RevisionError",
    "SourceError",
    "ToolError",
    "TrialError",
    "UngilError",
    "UsageError",
    "WheelError",
    "nearest",
]


class ExitCode(IntEnum):
    """What a command's exit code means, the same for every command."""

    CLEAN = 0
    FINDINGS = 1
    FAILED = 2
    INTERRUPTED = 130


class UngilError(Exception):
    """The job could not be done.

    Args:
        happened: one sentence: what went wrong, with the name of what it went wrong with.
        advice: one sentence: what the reader can do next.
    """

    def __init__(self, happened: str, advice: str) -> None:
        super().__init__(f"{happened}\n  {advice}")
        self.happened = happened
        self.advice = advice


class UsageError(UngilError):
    """The command line asks for something that does not exist."""


class SourceError(UngilError):
    """What was to be read is not there, cannot be read, or is not what it claims to be."""


class WheelError(UngilError):
    """What was named as a wheel is none, is damaged, or is not to be trusted; or what reads it is not installed."""


class PackageIndexError(UngilError):
    """The package index cannot be reached, or does not have what was asked for."""


class NotKeptError(PackageIndexError):
    """No answer of the package index was kept, and it may not be asked."""


class MissingExtraError(UngilError):
    """A library that only some commands need is not installed."""


class ResolutionError(UngilError):
    """Which versions would be installed cannot be found out."""


class ConfigurationError(UngilError):
    """``[tool.ungil]`` has a key or a value that means nothing."""


class BaselineError(UngilError):
    """The baseline is not there, or is not a baseline."""


class RevisionError(UngilError):
    """What changed since a revision cannot be found out."""


class ModelError(UngilError):
    """A model file is not there, does not run, or says something that means nothing."""


class HarvestError(UngilError):
    """A test suite did nothing that could be written down."""


class TrialError(UngilError):
    """What is to be hammered cannot be imported, or its objects cannot be made, in a process of its own."""


class OutputError(UngilError):
    """A file or folder that was asked for cannot be written."""


class ToolError(UngilError):
    """Another program that the job needs is not there, or failed."""


class BuildError(ToolError):
    """A project cannot be built or installed in an environment of its own.

    Args:
        log: the last lines of what was printed.
    """

    def __init__(self, happened: str, advice: str, log: str = "") -> None:
        super().__init__(happened, advice)
        self.log = log


def nearest(name: str, known: Iterable[str]) -> str:
    """``Did you mean 'X'?``, X being what is most like ``name``; nothing if nothing is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it, and it takes time to import

    by_lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), by_lower, n=1)
    return f"Did you mean '{by_lower[near[0]]}'?" if near else ""
