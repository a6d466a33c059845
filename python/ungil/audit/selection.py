"""Which rules are meant by a code, the beginning of a code, or a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ungil.description import Description
from ungil.errors import UsageError, nearest

__all__ = ["named", "resolve"]


def named(name: str, rules: Iterable[Description]) -> Description | None:
    """The one rule with this code or slug, in any case."""
    wanted = name.lower()
    return next((rule for rule in rules if wanted in {rule.code.lower(), rule.slug}), None)


def resolve(selectors: Iterable[str], rules: Sequence[Description], origin: str) -> set[str]:
    """The codes that selectors mean: ``UG101``, ``UG1``, ``borrowed-list-item``.

    Args:
        selectors: what the user wrote.
        rules: everything there is.
        origin: where the user wrote it, for the error: ``--select``.

    Raises:
        UsageError: a selector means no rule.
    """
    codes: set[str] = set()
    for selector in selectors:
        wanted = selector.lower()
        meant = {rule.code for rule in rules if rule.slug == wanted or _begins(rule.code, wanted)}
        if not meant:
            names = [name for rule in rules for name in (rule.code, rule.slug)]
            raise UsageError(
                f"{origin}: there is no rule '{selector}'.", nearest(selector, names) or "'ungil rules' lists them."
            )
        codes |= meant
    return codes


def _begins(code: str, wanted: str) -> bool:
    """``UG``, ``UG1`` and ``UG10`` begin ``UG101``; a lone ``u`` is more likely a slip."""
    return len(wanted) > 1 and code.lower().startswith(wanted)
