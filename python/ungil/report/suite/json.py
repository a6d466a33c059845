"""What came of a project's tests, as JSON, version 1.

``suite.schema.json`` beside this file is its schema: what is added later is added to it, a change makes version 2.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ungil.audit.fingerprint import fingerprints
from ungil.lines import Lines
from ungil.stress.suite.findings import Conclusion

__all__ = ["render"]

VERSION = 1


def render(conclusion: Conclusion) -> str:
    """One object: how it was done, what was found, and every test of which there is something to say."""
    audit, stressed = conclusion.audit, conclusion.stressed
    report = {
        "version": VERSION,
        "project": stressed.project,
        "level": audit.level,
        "how": _how(conclusion),
        "findings": _findings(conclusion),
        "suppressed": [asdict(one.finding) | {"reason": one.reason} for one in audit.suppressed],
        "not_reported": {"hidden": audit.hidden, "baseline": audit.known},
        "baseline_gone": [asdict(entry) for entry in audit.gone],
        "collected": stressed.collected,
        "passed_serially": stressed.passed_serially,
        "in_threads": stressed.in_threads,
        "passed_in_threads": stressed.passed_in_threads,
        "tests": [asdict(test) for test in stressed.tests],
        "notes": list(stressed.notes),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _how(conclusion: Conclusion) -> dict[str, Any]:
    stressed = conclusion.stressed
    return {
        "runner": stressed.runner,
        "python": stressed.python,
        "threads": stressed.threads,
        "iterations": stressed.iterations,
        "repeats": stressed.repeats,
        "command": stressed.command,
        "seconds": round(stressed.seconds, 3),
        "gil_off_proved": stressed.proof.proved,
        "gil_turned_on_by": stressed.proof.turned_on_by,
        "modules": list(stressed.proof.modules),
    }


def _findings(conclusion: Conclusion) -> list[dict[str, Any]]:
    """The most serious first, each with the name of its test."""
    names = {finding: test.name for finding, test in conclusion.told}
    audit = conclusion.audit
    prints = dict(zip(audit.findings, fingerprints(audit.findings, Lines(audit.project)), strict=True))
    return [
        asdict(finding) | {"fingerprint": prints[finding], "test": names.get(finding, "")}
        for finding in conclusion.findings
    ]
