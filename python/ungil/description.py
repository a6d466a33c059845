"""What can be said about a rule without running it: its name, its documentation, its examples."""

from __future__ import annotations

from dataclasses import dataclass

from ungil.finding import Severity

__all__ = ["Bad", "Description", "Example", "Good", "Seen"]

_EXPECTED = "<--"  # in a comment, ends each line of a Bad example on which a finding is expected


@dataclass(frozen=True, slots=True)
class Example:
    """A small source file that shows a hazard or its cure. The suffix of ``path`` says the language.

    Attributes:
        beside: other files of the same project, path and text, in which nothing is found.
    """

    title: str
    code: str
    path: str = "example.c"
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def comment(self) -> str:
        """What begins a comment in its language."""
        return "//" if self.path.endswith((".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hxx")) else "#"

    @property
    def marker(self) -> str:
        """Ends each line on which a finding is expected."""
        return f"{self.comment} {_EXPECTED}"

    @property
    def expected_lines(self) -> list[int]:
        """The lines that carry the marker, counted from 1."""
        return [number for number, line in enumerate(self.code.splitlines(), 1) if line.rstrip().endswith(self.marker)]


class Bad(Example):
    """Unsafe code: the marked lines are exactly those with a finding."""


class Good(Example):
    """Code on which the rule stays silent: the idiomatic fix, or a look-alike that is no hazard."""


class Seen(Example):
    """What a run shows of a hazard that no check finds in the source: a scenario, and what came out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One hazard, as it is documented.

    Attributes:
        code: ``UG101``; never reused.
        slug: names the hazard, so that "allow SLUG" reads well.
        severity: of its findings.
        doc: its documentation, under fixed headings.
        examples: at least one ``Bad`` and one ``Good``, the most typical first; of what is seen at run time, ``Seen``.
    """

    code: str
    slug: str
    severity: Severity
    doc: str
    examples: tuple[Example, ...]

    @property
    def title(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.doc.strip().splitlines()[0].removesuffix(".")

    @property
    def bad(self) -> tuple[Example, ...]:
        """The unsafe examples."""
        return tuple(example for example in self.examples if isinstance(example, Bad))

    @property
    def good(self) -> tuple[Example, ...]:
        """The examples on which the rule stays silent."""
        return tuple(example for example in self.examples if isinstance(example, Good))

    @property
    def seen(self) -> tuple[Example, ...]:
        """What runs show."""
        return tuple(example for example in self.examples if isinstance(example, Seen))
