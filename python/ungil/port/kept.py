"""Evidence as text that a folder keeps, and back: what was found out once need not be found out again."""

from __future__ import annotations

import functools
import json
import re

from cattrs import BaseValidationError
from cattrs.preconf.json import JsonConverter, make_converter

from ungil.errors import SourceError
from ungil.port.evidence import Evidence

__all__ = ["VERSION", "converter", "from_json", "to_json"]

VERSION = 1
"""Of the format: what is added later keeps it, a change makes version 2."""


@functools.cache
def converter() -> JsonConverter:
    """Between evidence, or a part of it, and what JSON holds."""
    return make_converter()


def to_json(evidence: Evidence) -> str:
    """One object: the format's version and the evidence. A lone surrogate, which UTF-8 has not, is written escaped."""
    plain = {"version": VERSION, "evidence": converter().unstructure(evidence)}
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", text) + "\n"


def from_json(text: str) -> Evidence:
    """What ``to_json`` wrote.

    Raises:
        SourceError: the text is no evidence, or of another version.
    """
    try:
        plain = json.loads(text)
        if not isinstance(plain, dict) or plain.get("version") != VERSION:
            raise SourceError(
                f"This is no evidence of version {VERSION}", "Run 'ungil port' again with this version of ungil."
            )
        return converter().structure(plain["evidence"], Evidence)
    except (ValueError, KeyError, BaseValidationError) as error:
        raise SourceError(f"This is no evidence: {error}", "Run 'ungil port' again.") from error
