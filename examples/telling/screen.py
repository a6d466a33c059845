"""What the reader of the demo sees: steps, commands, their output, and what they showed."""

from __future__ import annotations

import os
import sys

LONGEST_OUTPUT = 60


def colour(text: str, code: str) -> str:
    """Text in a terminal colour, if it goes to a terminal and NO_COLOR is not set (no-color.org)."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[{code}m{text}\x1b[0m" if wanted else text


def say(text: str = "") -> None:
    """Print a line at once: it stands before what the next command takes its time to do."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def title(text: str) -> None:
    """Print a line that opens something."""
    say(f"\n{colour(text, '1')}")


def command(text: str) -> None:
    """Print a command as one would type it."""
    say(colour(f"   $ {text}", "36"))


def output(text: str) -> None:
    """Print what a command printed; the middle of a long output is left out, and how much of it is said."""
    lines = text.splitlines()
    hidden = len(lines) - LONGEST_OUTPUT
    if hidden > 0:
        half = LONGEST_OUTPUT // 2
        lines[half:-half] = [f"... {hidden} lines left out ..."]
    for line in lines:
        say(f"     {line}".rstrip())


def shown(sentence: str) -> None:
    """Print what the commands above showed."""
    say(f"   {colour('=>', '32')} {sentence}")


def failed(sentence: str) -> None:
    """Print what went wrong."""
    say(f"\n{colour(sentence, '31')}")


def table(rows: dict[str, dict[str, str]], columns: tuple[str, ...]) -> None:
    """Print rows of answers, one column for each version."""
    widths = [max(len(answers.get(column, "-")) for answers in rows.values()) for column in columns]
    first = max(map(len, rows))
    heads = zip(columns, widths, strict=True)
    say(f"   {'':{first}}  {'  '.join(f'{column:{width}}' for column, width in heads)}".rstrip())
    for question, answers in rows.items():
        cells = zip(columns, widths, strict=True)
        say(
            f"   {question:{first}}  {'  '.join(f'{answers.get(name, "-"):{width}}' for name, width in cells)}".rstrip()
        )
