"""The evidence as JSON, version 1: what ``ungil.port.kept`` keeps and reads back.

``evidence.schema.json`` beside this file is its schema: what is added later is added to it, a change makes version 2.
"""

from __future__ import annotations

from ungil.port.evidence import Evidence
from ungil.port.kept import to_json

__all__ = ["render"]


def render(evidence: Evidence) -> str:
    """One object: the version of the format, and the evidence."""
    return to_json(evidence)
