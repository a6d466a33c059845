"""Every way to fail: what happened, what to do next, and the exit code that says so to a script.

Libraries raise; only ``ungil.cli`` prints and exits.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode", "PackageIndexError", "SourceError", "UngilError", "UsageError"]


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


class PackageIndexError(UngilError):
    """The package index cannot be reached, or does not have what was asked for."""
