"""What the files that test and ship a project say: workflows, tox, nox and pytest, the thread sanitizer's files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from ungil.ci_files import is_ci, is_suppressions, is_workflow, tells
from ungil.facts.build.located import Text
from ungil.facts.ci.model import CiFacts, Job, Mention, Said, Suppression, WheelBuild, Workflow
from ungil.facts.ci.wheel_builds import Configured, alone, configured, in_workflow
from ungil.facts.ci.workflows import FREE_THREADED, is_about_python, workflow
from ungil.facts.ci.yaml_text import Mapping, YamlError
from ungil.facts.ci.yaml_text import read as read_yaml
from ungil.facts.packaging.toml_text import Toml, TomlError
from ungil.source import Source

__all__ = ["read"]

_ALSO_BUILDS = {"pyproject.toml", "setup.cfg"}

# In the texts without comments. The value is the first group that has one.
_SAID: dict[Said, re.Pattern[str]] = {
    Said.GIL: re.compile(r"\bPYTHON_GIL[\"']?\s*[:=]\s*[\"']?([01])\b|-X\s*gil=([01])\b"),
    Said.THREADS: re.compile(r"--parallel-threads(?:=|\s+|[\"'],\s*[\"'])[\"']?(\$\{\{[^}\n]*\}\}|[\w$]+)"),
    Said.PARALLEL_PLUGIN: re.compile(r"\bpytest[-_]run[-_]parallel\b"),
    Said.PROCESSES: re.compile(
        r"(?<![\w-])-n\s*=?\s*[\"']?(auto|logical|[1-9]\d*)\b|--numprocesses[= ](auto|logical|[1-9]\d*)"
    ),
    Said.IGNORES_GIL: re.compile(r"--ignore-gil-enabled"),
    Said.HIDES_WARNING: re.compile(r"ignore:\s*\.?\*?(The global interpreter lock)", re.IGNORECASE),
    Said.CHECKS_GIL: re.compile(
        r"_is_gil_enabled|-W\s*[\"']?error\b|PYTHONWARNINGS[\"']?\s*[:=]\s*[\"']?error|error::RuntimeWarning"
        r"|error:\s*The global interpreter lock|filterwarnings[\"']?\s*=\s*\[?[\s\"']*error\b"
        r"|\bungil (?:wheel|stress|port)\b"
    ),
    Said.TSAN_OPTIONS: re.compile(r"\bTSAN_OPTIONS\b[\"']?\s*[:=]\s*([^\n]*)"),
    Said.TSAN_BUILD: re.compile(r"-fsanitize=[\w,]*thread|b_sanitize=[\w,]*thread|sanitize_thread"),
    Said.TSAN_PYTHON: re.compile(
        r"--with-thread-sanitizer|tsan[\w/.:@-]*(?:python|3\.\d+)|(?:python|cpython)[\w/.:@-]*tsan|\+tsan",
        re.IGNORECASE,
    ),
    Said.CONTAINER: re.compile(r"(?m)^\s*(?:container|image)\s*:|\bdocker run\b"),
    Said.OLD_VERSION: re.compile(r"(?<![\w.])(3\.13(?:\.\d+)?t(?:-dev)?)(?!\w)|\b(py313t)\b"),
    Said.NO_VERSION: re.compile(r"(?<![\w.])(3\.(?:[7-9]|1[0-2])t(?:-dev)?)(?![\w.])|\b(cp3(?:[7-9]|1[0-2])t)\b"),
    Said.LIMIT: re.compile(
        r"--timeout[= ]\s*[\"']?(\d+)|\btimeout\s*=\s*(\d+)|faulthandler_exit_on_timeout|--session-timeout"
        r"|\btimeout\s+(?:-\w+\s+\S+\s+)*\d+[smh]?\s"
    ),
    Said.PUBLISHES: re.compile(
        r"pypa/(gh-action-pypi-publish)@|\b(twine) upload\b|\b(uv publish)\b|\b(maturin (?:publish|upload))\b"
    ),
    Said.FREE_THREADED: FREE_THREADED,
    Said.WHEEL_TAG: re.compile(r"\bcp3\d+t\b"),
}
# Words of which one stands in every text that a slow pattern finds something in.
_WORDS: dict[Said, tuple[str, ...]] = {
    Said.GIL: ("PYTHON_GIL", "gil="),
    Said.THREADS: ("parallel-threads",),
    Said.PARALLEL_PLUGIN: ("parallel",),
    Said.PROCESSES: ("pytest", "numprocesses"),
    Said.CHECKS_GIL: ("error", "_is_gil_enabled", "ungil"),
    Said.TSAN_OPTIONS: ("TSAN_OPTIONS",),
    Said.TSAN_BUILD: ("sanitize",),
    Said.OLD_VERSION: ("3.13", "py313t"),
    Said.LIMIT: ("timeout",),
    Said.PUBLISHES: ("publish", "upload"),
    Said.WHEEL_TAG: ("cp3",),
}


def read(build_files: Iterable[Source], tests: Iterable[Source] = ()) -> CiFacts:
    """Reads the files that test a project, and what its configuration says to them."""
    texts = [Text(one) for one in build_files if is_ci(one.path) or PurePosixPath(one.path).name in _ALSO_BUILDS]
    unread = list[tuple[str, str]]()
    said = _configured(texts, unread)
    workflows, mentions, wheels = list[Workflow](), list[Mention](), list[WheelBuild]()
    for text in texts:
        found = None
        if is_workflow(text.path):
            root = _root(text, unread)
            if root is None:
                continue
            found = workflow(text, root)
            workflows.append(found)
            wheels += in_workflow(text, root, said)
        if not is_suppressions(text.path):
            mentions += _mentions(text, found)
    if said is not None and not wheels:
        wheels.append(alone(said))
    return CiFacts(
        tuple(workflows),
        tuple(mentions),
        frozenset(name for one in tests for name in tells(one.data)),
        tuple(wheels),
        tuple(line for text in texts if is_suppressions(text.path) for line in _suppressions(text)),
        tuple(unread),
    )


def _root(text: Text, unread: list[tuple[str, str]]) -> Mapping | None:
    """A workflow's text as YAML, if it has to do with Python."""
    if not is_about_python(text.all):
        return None
    try:
        root = read_yaml(text.all)
    except YamlError as error:
        unread.append((text.path, f"YAML that was not understood: {error}"))
        return None
    return root if isinstance(root, Mapping) else None


def _configured(texts: Iterable[Text], unread: list[tuple[str, str]]) -> Configured | None:
    """What cibuildwheel is told in files of its own; the shortest path counts."""
    found = list[tuple[str, Configured]]()
    for text in texts:
        if text.path.endswith(".toml") and "cibuildwheel" in text.all:
            try:
                said = configured(Toml(text))
            except TomlError as error:
                unread.append((text.path, f"TOML that was not understood: {error}"))
            else:
                found += [(text.path, said)] if said is not None else []
    return min(found, key=lambda one: one[0].count("/"))[1] if found else None


def _mentions(text: Text, found: Workflow | None) -> Iterator[Mention]:
    plain = text.plain
    for said, pattern in _SAID.items():
        if not any(word in plain for word in _WORDS.get(said, ("",))):
            continue
        for match in pattern.finditer(plain):
            start, end = match.span()
            job = _job_at(found, start) if found is not None else None
            value = next((group for group in match.groups() if group), "")
            yield Mention(said, text.spot(start, end), value, text.line_at(start), job)


def _job_at(found: Workflow, offset: int) -> Job | None:
    return next((job for job in found.jobs if job.offsets[0] <= offset < job.offsets[1]), None)


def _suppressions(text: Text) -> Iterator[Suppression]:
    for match in re.finditer(
        r"(?m)^[ \t]*(race|race_top|thread|mutex|signal|deadlock|called_from_lib):([^\s#]+)", text.all
    ):
        yield Suppression(text.spot(match.start(1), match.end()), match[1], match[2])
