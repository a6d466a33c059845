"""Workflows of GitHub: jobs with the combinations of their matrix, and which of these set up a free-threaded Python."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.build.located import Text
from ungil.facts.ci.matrix import combinations, substituted
from ungil.facts.ci.model import Job, Run, Step, Workflow
from ungil.facts.ci.wheel_builds import action_version
from ungil.facts.ci.yaml_text import Mapping, Node, Scalar, Sequence

__all__ = ["FREE_THREADED", "is_about_python", "workflow"]

FREE_THREADED = re.compile(
    r"""(?<![\w.]) (?: 3\.\d+t(?:-dev)? | (?:cpython|python|py)-?3\.?\d+(?:\.\d+)?t ) (?!\w)
      | \bcp3\d+-cp3\d+t\b | \bpython-freethreading\b | \bpython-gil\s*=?=?.{0,9}nogil
      | (?i:free-?_?threaded|nogil) ['"]? \s* [:=] \s* ['"]? (?:true|1) \b""",
    re.VERBOSE,
)
_COMPARED = re.compile(r"""[=!]=\s*['"]?3\.\d+t(?:-dev)?['"]?|(?:startsWith|endsWith|contains)\([^()\n]*\)""")
_ABOUT_PYTHON = re.compile(r"python|pytest|wheel|\btox\b|\bnox\b|maturin|pypi|setup-uv", re.IGNORECASE)
# Not the command ``test`` of a shell.
_TESTS = re.compile(
    r"pytest|unittest|\b(?:tox|nox|ctest)\b|run[_-]?tests?\b|\btests?[/.]|[\w-]+[-_]tests?\b|\btests?[-_]\w|selftest"
    r"|\b(?:spin|make|just|meson|hatch|pdm|uv run|npm) +(?:run +)?[\w-]*test|-m +[\w.]*tests?\b|\.test\(|coverage run",
    re.IGNORECASE,
)
_NAMED_TEST = re.compile(r"test|sanitize|\b[tmau]san\b", re.IGNORECASE)
_SETS_UP = re.compile(r"(?:actions|quansight-labs)/setup-python|astral-sh/setup-uv|deadsnakes/action", re.IGNORECASE)


def is_about_python(text: str) -> bool:
    """A workflow in which a rule could find something."""
    return _ABOUT_PYTHON.search(text) is not None


def workflow(text: Text, root: Mapping) -> Workflow:
    """What one file says."""
    environment = _plain(root.mapping("env"))
    jobs = root.mapping("jobs")
    found = [_job(text, key, value, environment) for key, value in jobs.pairs if isinstance(value, Mapping)]
    return Workflow(text.path, tuple(found))


def _plain(mapping: Mapping) -> dict[str, str]:
    return {key.value: value.value for key, value in mapping.pairs if isinstance(value, Scalar)}


def _job(text: Text, key: Scalar, job: Mapping, environment: dict[str, str]) -> Job:
    steps = tuple(_steps(text, job.get("steps")))
    values = environment | _plain(job.mapping("env"))
    described = _described(text, job)
    is_fixed = FREE_THREADED.search(described) is not None
    open_lines = "\n".join(line for line in described.splitlines() if "${{" in line)
    runs = [
        _run(job, open_lines, steps, values | one, is_fixed=is_fixed)
        for one in combinations(job.mapping("strategy").get("matrix"))
    ]
    limited = job.get("timeout-minutes") is not None or "timeout-minutes:" in text.plain[job.start : job.end]
    lenient = job.key("continue-on-error")
    said = " ".join(step.script for step in steps) + " " + " ".join(step.action for step in steps)
    named = f"{key.value} {job.text('name')} {job.text('uses')}"
    return Job(
        text.path,
        key.value,
        text.spot(key.start, key.end),
        (job.start, job.end),
        steps,
        tuple(runs),
        limited,
        text.spot(lenient.start, lenient.end) if lenient is not None else None,
        _TESTS.search(said) is not None or _NAMED_TEST.search(named) is not None,
    )


def _described(text: Text, job: Mapping) -> str:
    """What a job is made of, without its matrix, its title and its conditions."""
    passed_over = {"strategy", "name", "if", "needs", "continue-on-error"}
    parts = list[str]()
    for key, value in job.pairs:
        if key.value == "steps" and isinstance(value, Sequence):
            for step in value.items:
                if isinstance(step, Mapping):
                    parts += [f"{k.raw}: {_raw(text, v)}" for k, v in step.pairs if k.value not in passed_over]
        elif key.value not in passed_over:
            parts.append(f"{key.raw}: {_raw(text, value)}")
    return _COMPARED.sub("", "\n".join(parts))


def _raw(text: Text, node: Node) -> str:
    return text.plain[node.start : node.end]


def _run(job: Mapping, open_lines: str, steps: tuple[Step, ...], values: dict[str, str], *, is_fixed: bool) -> Run:
    """One combination; ``open_lines`` are those of the job in which it makes a difference."""
    is_free_threaded = is_fixed or FREE_THREADED.search(substituted(open_lines, values)) is not None
    versions = [
        substituted(step.options[name], values)
        for step in steps
        for name in ("python-version", "freethreaded")
        if _SETS_UP.fullmatch(step.action) and name in step.options
    ]
    called = substituted(job.text("uses"), values)
    unclear = any("${{" in version for version in versions) or "fromJSON" in job.mapping("strategy").text("matrix")
    runs_on = job.get("runs-on")
    label = runs_on.value if isinstance(runs_on, Scalar) else ""
    lenient = substituted(job.text("continue-on-error"), values).lower()
    may_fail = {"true": True, "false": False, "": False}.get(lenient)
    return Run(is_free_threaded, unclear and not called, substituted(label, values), may_fail)


def _steps(text: Text, node: Node | None) -> Iterator[Step]:
    for step in node.items if isinstance(node, Sequence) else ():
        if isinstance(step, Mapping):
            used = step.get("uses")
            action, _, version = used.value.partition("@") if isinstance(used, Scalar) else ("", "", "")
            beside = text.rest_of_line(used.end) if isinstance(used, Scalar) else ""
            where = step.key("uses") or step.key("run") or (step.pairs[0][0] if step.pairs else None)
            start, end = (where.start, where.end) if where is not None else (step.start, step.end)
            yield Step(
                text.spot(start, end),
                action,
                action_version(version, beside),
                _plain(step.mapping("with")),
                step.text("run"),
            )
