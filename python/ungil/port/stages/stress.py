"""The project's own tests, serially and then in parallel threads."""

from __future__ import annotations

from collections import Counter
from typing import Final

from ungil.audit import Policy
from ungil.errors import TrialError
from ungil.port.evidence import Kept, Reached, Stage, Step, Stressed, TestEvidence
from ungil.port.fragment import Fragment
from ungil.port.order import SkippedError, Work
from ungil.port.showing import shown
from ungil.stress.suite import model
from ungil.stress.suite.findings import conclude
from ungil.stress.suite.model import Asked, Verdict
from ungil.stress.suite.run import stress_built
from ungil.workshop import Wheel, tests_of

__all__ = ["run"]

LEAST_INSTALLING: Final = 120.0
"""Seconds for what the tests need, which is mostly waiting for the network."""


def run(work: Work) -> Fragment:
    """Run the tests of the wheel's project, as ``ungil stress`` does.

    Raises:
        SkippedError: there are no tests.
        TrialError: pytest cannot run them.
        BuildError: the wheel cannot be installed.
    """
    if not tests_of(work.source).paths:
        raise SkippedError(
            "The project has no tests that are called as tests are: its sdist often leaves them out.",
            "Name a clone of its repository instead.",
        )
    path = work.wheel()
    wheel = Wheel(path=path, sha256="", output="", seconds=0.0)
    asked = Asked(deadline=work.seconds)
    deadline = max(work.seconds, LEAST_INSTALLING)
    found = stress_built(
        work.shop(), work.source, wheel, asked=asked, build_deadline=deadline, project=work.subject.name
    )
    if not found.collected:
        raise TrialError(
            "Of the project's tests, none could be collected.", " ".join(found.notes) or "Run pytest there."
        )
    conclusion = conclude(found, policy=Policy(level=work.order.policy.level))
    return Fragment(
        step=Step(
            stage=Stage.STRESS, reached=Reached.DONE, why=_words(found), command=f"ungil stress {work.order.target}"
        ),
        cut=bool(found.having(Verdict.NOT_REACHED)),
        findings=tuple(shown(one, Stage.STRESS, work.source) for one in conclusion.findings),
        suppressions=tuple(Kept(one.finding, one.reason, Stage.STRESS) for one in conclusion.audit.suppressed),
        stressed=Stressed(
            runner=found.runner,
            threads=found.threads,
            iterations=found.iterations,
            repeats=found.repeats,
            collected=found.collected,
            passed_serially=found.passed_serially,
            passed_in_threads=found.passed_in_threads,
            in_threads=found.in_threads,
            gil=found.gil,
            tests=tuple(map(_evidence, found.tests)),
            notes=found.notes,
        ),
    )


def _evidence(test: model.TestTold) -> TestEvidence:
    return TestEvidence(
        name=test.name,
        verdict=str(test.verdict),
        serially=test.serially,
        threaded=test.threaded,
        said=test.said,
        stacks=test.stacks,
    )


def _words(found: model.Stressed) -> str:
    counts = Counter(test.verdict for test in found.every)
    quiet = {Verdict.PASSED, Verdict.SKIPPED}
    told = [f"{counts[one]:,} {one.told}" for one in Verdict if counts[one] and one not in quiet]
    passed = f"{found.passed_in_threads:,} of {found.collected:,} tests pass in {found.threads} threads"
    return "; ".join([passed, *told])
