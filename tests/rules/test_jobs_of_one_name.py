"""Jobs of one name in several workflows: each is a job, which the examples of a rule cannot show."""

from __future__ import annotations

from ungil.facts.ci import read as ci
from ungil.facts.model import Facts
from ungil.rules import gil_forced_on
from ungil.source import Language, Source

TEXT = b"""\
on: push
jobs:
  test:
    env: {PYTHON_GIL: "1"}
    steps:
      - {uses: actions/setup-python@v6, with: {python-version: 3.14t}}
      - run: pytest
"""


def test_each_job_has_its_finding() -> None:
    """A job is told from another by its workflow too."""
    paths = [f".github/workflows/{name}.yml" for name in ("ci", "nightly")]
    facts = Facts((), ci=ci.read([Source(path, TEXT, Language.BUILD) for path in paths]))
    assert [finding.location.path for finding in gil_forced_on.check(facts)] == paths
