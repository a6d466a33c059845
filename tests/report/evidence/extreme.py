"""Evidence that tries to break a report: hostile texts, long names, many findings, large tables."""

from __future__ import annotations

import itertools
from dataclasses import replace

from tests.report.evidence.found import finding
from tests.report.evidence.typical import typical

from ungil.finding import Severity
from ungil.port import evidence as e

__all__ = ["HOSTILE", "LONG", "extreme"]

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "]]>",
    "</style><b>",
    "\"' onmouseover='x'",
    "{{ 7 * 7 }}{% raw %}",
    "nul\x00 bell\x07 escape\x1b[31mred\x1b[0m",
    "lone \ud800 and \udcff",
    "turned \u202e round",
    "שלום עולם",
    "مرحبا",
    "日本語の長い名前",
    "naïve café 🧵",
    "`code` | table | <!-- comment --> @somebody #1 **bold** [a](http://example.com)",
    "line\nbreak\ttab",
)
"""Texts that may stand in a name, a source or a log, and mean something elsewhere."""

LONG = "package_" + "of_a_very_long_name_" * 5 + "_core_speed"
"""A name of 119 characters."""


def _nasty(number: int) -> str:
    return HOSTILE[number % len(HOSTILE)]


def _many(errors: int, warnings: int, notes: int) -> tuple[e.Shown, ...]:
    """Findings of three levels."""
    levels = (Severity.ERROR,) * errors + (Severity.WARNING,) * warnings + (Severity.NOTE,) * notes
    return tuple(_one(number, level) for number, level in enumerate(levels))


def _one(number: int, level: Severity) -> e.Shown:
    lines = ("static int " + "x" * 300 + "(void) {", *HOSTILE[:9], "\treturn\t0;", "}")
    path = f"src/{_nasty(number)}/{'deep/' * 12}file_{number}.c"
    code, slug = f"UG{100 + number % 40}", f"some-hazard-{number % 40}"
    seen = (_nasty(number + 3),) * (number % 3)
    return e.Shown(
        finding=finding(code, slug, _nasty(number), (path, number + 1), level, evidence=seen),
        fingerprint=f"{number:012x}",
        stage=e.Stage.AUDIT,
        excerpt=e.Excerpt(100, lines, (102,)) if number % 2 else None,
        module=LONG,
        scenarios=_scenarios() if number == 0 else (),
    )


def _scenarios() -> tuple[e.Scenario, ...]:
    lanes = tuple(
        e.Lane(
            name,
            (HOSTILE[n], f"call_{n}({'x' * 80})"),
            (e.Moment(n * 10, HOSTILE[n + 1], e.Origin(HOSTILE[n])), e.Moment(90, "goes on")),
        )
        for n, name in enumerate("ABCDEFGH")
    )
    one = e.Scenario(
        title=HOSTILE[0],
        lanes=lanes,
        got=HOSTILE[1] * 20,
        allowed=tuple((text, text) for text in HOSTILE),
        script="\n".join(HOSTILE),
        stacks=HOSTILE,
        tries=3,
    )
    return (one, replace(one, lanes=(e.Lane("A", (), ()),)), one)


def _models() -> tuple[e.Driven, ...]:
    """One with a matrix of 60 operations, one with too many for a table."""
    operations = tuple(f"operation_{n}({_nasty(n)!r})" if n % 4 == 0 else f"op{n}" for n in range(60))
    pairs = tuple(
        e.Pair(a, b, (i * j) ** 2 % 90_001, i * j % 977, found=(i + j) % 97 == 0)
        for (i, a), (j, b) in itertools.product(enumerate(operations), repeat=2)
        if i <= j
    )
    huge = tuple(map(str, range(100)))
    return (
        e.Driven(model=LONG, source="introspection", operations=operations, pairs=pairs, executions=10**9),
        e.Driven(model="huge", source="model", operations=huge, pairs=(), executions=0),
    )


def _modules() -> tuple[e.ModuleEvidence, ...]:
    stands = itertools.cycle(("against", "open", "for"))
    return tuple(
        e.ModuleEvidence(
            name=name,
            declared=name,
            found=tuple(f"{n:012x}" for n in range(30)),
            tried=(name,) * 3,
            members=0,
            driven=0,
            verdict=name,
            stands=stand,
        )
        for name, stand in zip((LONG, *HOSTILE), stands, strict=False)
    )


def _tests(log: str) -> tuple[e.TestEvidence, ...]:
    return tuple(
        e.TestEvidence(
            name=f"tests/test_{n}.py::{_nasty(n)}[{'p' * 90}]",
            verdict="crashes",
            serially=(0, 3),
            threaded=(3, 3),
            said=_nasty(n),
            stacks=log if n == 0 else "",
        )
        for n in range(100)
    )


def _scaled() -> e.Scaled:
    """A curve that falls, with a whisker that leaves its scale, and no other build."""
    points = (e.Point(1, 3, 3, 3), e.Point(2, 1, 0.5, 40), e.Point(8, 2, 1, 3))
    return e.Scaled(what=_nasty(9), free_threaded=points, gil_enabled=(), cores=8, notes=HOSTILE)


def extreme() -> e.Evidence:
    """500 findings, long and hostile names, a failed stage with a long log, a matrix of 60 operations, many tests."""
    base, log = typical(), "\n".join(f"[{n}/200] {_nasty(n)}" for n in range(200))
    assert base.stressed is not None
    assert base.hammered is not None
    failed = e.Step(
        stage=e.Stage.BUILD,
        reached=e.Reached.FAILED,
        why="The compiler ended with 1: " + "x" * 200,
        advice="Install libfoo-dev.",
        command="uv build " + "--config-setting=x=y " * 12,
        seconds=301,
        log=log,
    )
    allowed = [finding("UG905", "lost-result", text, (text, 7), Severity.NOTE) for text in HOSTILE]
    return replace(
        base,
        project=HOSTILE[0] + LONG,
        version=HOSTILE[5],
        command="ungil port " + " ".join(HOSTILE),
        made="yesterday, or so",
        machine=HOSTILE[1],
        tools={text: text for text in HOSTILE},
        steps=tuple(failed if step.stage is e.Stage.BUILD else step for step in base.steps),
        modules=_modules(),
        findings=_many(60, 200, 240),
        suppressions=tuple(e.Kept(one, one.message, e.Stage.AUDIT) for one in allowed),
        open=tuple(e.Open(text, text, module) for text in HOSTILE for module in ("", LONG)),
        built=None,
        stressed=replace(base.stressed, tests=_tests(log), notes=HOSTILE),
        hammered=replace(base.hammered, models=_models(), notes=HOSTILE),
        wheeled=e.Wheeled(
            tags=HOSTILE,
            classifiers=HOSTILE,
            modules=tuple((text, text) for text in HOSTILE),
            imported=((HOSTILE[0], HOSTILE[1]),),
        ),
        scaled=_scaled(),
        notes=HOSTILE,
    )
