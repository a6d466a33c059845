"""Evidence to render: a typical project, one of which nothing is known, and one that tries to break a report.

python -m tests.report.evidence.samples FOLDER writes each as HTML, with what has to be read in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.report.evidence.extreme import extreme
from tests.report.evidence.typical import typical

from ungil.port import evidence as e
from ungil.report.evidence import html
from ungil.report.evidence.shown import shown

__all__ = ["SAMPLES", "empty", "must_be_read"]


def empty() -> e.Evidence:
    """A project without modules, of which no stage came to an end."""
    why = "no C, C++ or Cython source, and nothing that builds an extension"
    return e.Evidence(
        project="nothing",
        version="",
        command="ungil port .",
        made="2026-05-04T14:03:22+00:00",
        machine="not known",
        tools={},
        seed=0,
        budget=0,
        seconds=0.01,
        steps=tuple(
            e.Step(stage=stage, reached=e.Reached.SKIPPED, why=why, advice="Name a folder with an extension.")
            for stage in e.Stage
        ),
    )


SAMPLES = {"typical": typical, "empty": empty, "extreme": extreme}


def must_be_read(evidence: e.Evidence) -> list[str]:
    """Texts of the findings, as a reader sees them, that no way to look at a report may lose."""
    rows = [one.finding.message for one in evidence.findings] + [one.finding.fix for one in evidence.findings]
    rows += [one.got for found in evidence.findings for one in found.scenarios]
    return sorted({" ".join(shown(row).split()) for row in rows})


def main(folder: Path) -> None:
    """Write them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in SAMPLES.items():
        evidence = sample()
        (folder / f"{name}.html").write_text(html.render(evidence), encoding="utf-8")
        (folder / f"{name}.json").write_text(json.dumps(must_be_read(evidence)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
