"""Evidence that was kept is what it was."""

from __future__ import annotations

import pytest
from tests.report.evidence.samples import SAMPLES
from tests.report.evidence.typical import typical

from ungil.errors import SourceError
from ungil.port.evidence import Evidence
from ungil.port.kept import from_json, to_json


@pytest.mark.parametrize("name", SAMPLES)
def test_evidence_comes_back_as_it_was(name: str) -> None:
    """Types, order, lone surrogates and control characters included."""
    evidence = SAMPLES[name]()
    back = from_json(to_json(evidence))
    assert isinstance(back, Evidence)
    assert back == evidence


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 2, "evidence": {}}', '{"version": 1}'])
def test_what_is_no_evidence_is_refused(text: str) -> None:
    """A damaged file, another one, or one of another version."""
    with pytest.raises(SourceError, match="This is no evidence"):
        from_json(text)


def test_evidence_that_lacks_a_part_is_refused() -> None:
    """Nothing is made up for it."""
    with pytest.raises(SourceError, match="This is no evidence"):
        from_json(to_json(typical()).replace('"steps"', '"stairs"'))
