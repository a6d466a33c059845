"""The formats of a report, and where each goes."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO

from ungil.audit import Audit
from ungil.errors import UsageError, nearest
from ungil.files import write_whole
from ungil.report.terminal import Style, wants_colour

__all__ = [
    "FORMATS",
    "Form",
    "add_output",
    "form",
    "forms_of",
    "names",
    "render",
    "style_for",
    "write",
    "write_rendered",
]

FORMATS = ("text", "json", "sarif", "github", "markdown")


class Form(NamedTuple):
    """A format, and the file that it is written to; None stands for standard output."""

    name: str
    file: Path | None


def form(text: str, formats: Sequence[str] = FORMATS) -> Form:
    """Reads ``FORMAT`` or ``FORMAT=FILE``, for argparse."""
    name, equals, file = text.partition("=")
    if name not in formats:
        hint = nearest(name, formats) or f"There are: {', '.join(formats)}."
        raise argparse.ArgumentTypeError(f"there is no format '{name}'. {hint}")
    if equals and not file:
        raise argparse.ArgumentTypeError(f"'{text}' names no file behind the '='")
    return Form(name, Path(file) if equals else None)


def add_output(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    """Adds the options that say where reports go; the first of the formats is what people read in a terminal."""
    first, *others = formats
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format",
        metavar="FORMAT[=FILE]",
        action="append",
        type=partial(form, formats=formats),
        help=f"{first} (default), {', '.join(others)}; with =FILE written there as well; may be repeated",
    )
    group.add_argument("--output", metavar="FILE", type=Path, help="write the report to FILE, not to standard output")


def forms_of(options: argparse.Namespace) -> list[Form]:
    """Where each report goes: those without a file to ``--output``, else to standard output.

    Raises:
        UsageError: two of them would go to the same place.
    """
    forms: list[Form] = options.format or []
    bare = [one for one in forms if one.file is None] or [Form("text", None)]
    if len(bare) > 1:
        raise UsageError(
            "Two formats cannot share one output.", f"Give one of them a file: --format {bare[-1].name}=FILE"
        )
    return [*(one for one in forms if one.file is not None), Form(bare[0].name, options.output)]


def names(lists: list[str]) -> tuple[str, ...]:
    """The names in lists with commas between."""
    return tuple(name.strip() for one in lists for name in one.split(",") if name.strip())


def style_for(stream: TextIO | None) -> Style:
    """How text is written: in colours, and as wide as the terminal, if it goes to one."""
    if stream is None or not stream.isatty():
        return Style(colour=False)
    return Style(colour=wants_colour(stream), width=shutil.get_terminal_size().columns - 1)


def render(audit: Audit, name: str, stream: TextIO | None = None) -> str:
    """The report; ``stream`` says whether it is for a terminal. Only the format that is asked for is loaded."""
    if name == "sarif":
        from ungil.report import sarif  # noqa: PLC0415

        return sarif.render(audit)
    if name == "json":
        from ungil.report import json  # noqa: PLC0415

        return json.render(audit)
    if name == "github":
        from ungil.report import github  # noqa: PLC0415

        return github.render(audit)
    if name == "markdown":
        from ungil.report import markdown  # noqa: PLC0415

        return markdown.render(audit)
    from ungil.report import text  # noqa: PLC0415

    return text.render(audit, style_for(stream))


def write(audit: Audit, one: Form) -> None:
    """Writes a report to its file, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    if one.file is not None:
        write_rendered(one.file, render(audit, one.name))


def write_rendered(file: Path, report: str) -> None:
    """Writes a report to a file, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    write_whole(file, report.encode("utf-8", "replace"))
