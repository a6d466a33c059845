"""What cibuildwheel is told, in its configuration and by workflows, and whether free-threaded wheels come of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ungil.facts.build.located import Text
from ungil.facts.ci.matrix import combinations, substituted
from ungil.facts.ci.model import Spot, WheelBuild
from ungil.facts.ci.yaml_text import Mapping, Scalar, Sequence
from ungil.facts.packaging.toml_text import Toml, strings, table_of

__all__ = ["BY_DEFAULT_SINCE", "Configured", "action_version", "alone", "built", "configured", "in_workflow"]

BY_DEFAULT_SINCE = (3, 1)
"""The version of cibuildwheel that began to build for free-threaded 3.14 unasked."""

_ALSO_315_SINCE = (4, 2)
_PLATFORMS = ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "macosx_arm64", "win_amd64")
_FREE_THREADED = [f"{python}-{platform}" for python in ("cp314t", "cp315t") for platform in _PLATFORMS]
_NAMED = re.compile(r"(?<!\w)(?:cp3\d+|cp3?\*|\*|cp3\[\d+\]|cp3\?\?)t(?=[-*_\s]|$)[\w*{},\[\]?-]*")
_OBSOLETE = re.compile(r"(?<!\w)cp313t[\w*-]*|cpython-freethreading")
_OPTIONS = ("build", "skip", "test-command", "test-skip")
_MAY_BE_OBSOLETE = ("build", "skip", "enable", "test-skip")
_STARTS = re.compile(r"(?<![\w/.-])cibuildwheel(?![\w./-]*\.(?:toml|ya?ml))")
_PINNED = re.compile(r"cibuildwheel\s*==\s*[\"']?(\d+(?:\.\d+)*)")
_SETS = re.compile(r"\b(CIBW_\w+)=([^\n>|]*)")


@dataclass(frozen=True, slots=True)
class Configured:
    """``[tool.cibuildwheel]``: its options as text, where it stands, and where it says which tests are skipped."""

    spot: Spot
    options: dict[str, str]
    test_skip: Spot | None
    obsolete: tuple[tuple[str, Spot], ...]


def configured(toml: Toml) -> Configured | None:
    """What a file tells cibuildwheel; None where it tells it nothing."""
    table = toml.table("tool", "cibuildwheel")
    if not table:
        return None
    options = {name: _joined(table[name]) for name in _OPTIONS if name in table}
    for platform in ("linux", "macos", "windows"):
        for name, value in table_of(table.get(platform)).items():
            options[name] = f"{options.get(name, '')} {_joined(value)}".strip()
    for override in table.get("overrides", ()) if isinstance(table.get("overrides"), list) else ():
        if isinstance(override, dict) and "test-command" in override and built(_joined(override.get("select"))):
            options["test-command"] = _joined(override["test-command"])
    test_skip = toml.spot("tool", "cibuildwheel", "test-skip") if "test-skip" in table else None
    return Configured(toml.spot("tool", "cibuildwheel"), options, test_skip, tuple(_obsolete_in(toml, table)))


def _joined(value: object) -> str:
    return " ".join(strings(value))


def _obsolete_in(toml: Toml, table: dict[str, object]) -> Iterator[tuple[str, Spot]]:
    for name in _MAY_BE_OBSOLETE:
        for one in strings(table.get(name)):
            for found in _OBSOLETE.findall(one):
                yield found, toml.spot_in(one, "tool", "cibuildwheel", name)
    if "free-threaded-support" in table:
        yield "free-threaded-support", toml.spot("tool", "cibuildwheel", "free-threaded-support")


def alone(said: Configured) -> WheelBuild:
    """The wheels that the configuration asks for, where no workflow is seen to build them."""
    return _build(said.spot, (), said.options, said.test_skip, said.obsolete)


def _build(
    spot: Spot,
    version: tuple[int, ...],
    options: dict[str, str],
    test_skip: Spot | None,
    obsolete: Iterable[tuple[str, Spot]] = (),
) -> WheelBuild:
    wanted, skipped = options.get("build", "*"), options.get("skip", "")
    named = tuple(one for one in _NAMED.findall(wanted) if not one.startswith("cp313t"))
    asked = [one for one in _NAMED.findall(wanted) if "315t" in one]
    knows = asked or not version or version >= _ALSO_315_SINCE
    found = [one for one in built(wanted, skipped) if knows or not one.startswith("cp315t")]
    old = bool(version) and version < BY_DEFAULT_SINCE
    makes: bool | None = bool(found) and not old
    if "${{" in wanted or "${{" in skipped:
        makes = True if named and not old else None
    tests = options.get("test-skip", "")
    untested = test_skip if makes and tests and not built("*", f"{skipped} {tests}") else None
    test = options.get("test-command", "")
    return WheelBuild(
        spot,
        is_run=False,
        version=version,
        named=named,
        built=makes,
        test=test,
        test_skipped=untested,
        obsolete=tuple(obsolete),
    )


def built(wanted: str, skipped: str = "") -> list[str]:
    """Of the usual free-threaded wheels, those that are selected and not skipped."""
    chosen, left = (re.compile(_pattern(one)) for one in (wanted, skipped))
    return [one for one in _FREE_THREADED if chosen.fullmatch(one) and not (skipped and left.fullmatch(one))]


def _pattern(selectors: str) -> str:
    """A regular expression for what one of the selectors, which blanks separate, means."""
    means = {"*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|"}
    return "|".join(
        "".join(means.get(char, re.escape(char)) for char in one)
        for one in selectors.split()
        if one.count("{") == one.count("}")
    )


def in_workflow(text: Text, root: Mapping, said: Configured | None) -> Iterator[WheelBuild]:
    """What each step of a workflow that starts cibuildwheel asks for."""
    for _, job in root.mapping("jobs").pairs:
        steps = job.get("steps") if isinstance(job, Mapping) else None
        if not isinstance(job, Mapping) or not isinstance(steps, Sequence):
            continue
        exported = {key: _unquoted(value) for key, value in _SETS.findall(text.plain[job.start : job.end])}
        for step in steps.items:
            if isinstance(step, Mapping) and _starts(step):
                around = [root.mapping("env"), job.mapping("env"), step.mapping("env")]
                values = combinations(job.mapping("strategy").get("matrix"))
                yield _step(text, step, _Environment(text, around, exported), values, said)


def _starts(step: Mapping) -> bool:
    if step.text("uses").partition("@")[0].lower() == "pypa/cibuildwheel":
        return True
    lines = step.text("run").splitlines()
    return any(
        _STARTS.search(line) and not re.search(r"\b(?:pip|uv)\b.*\binstall\b|identifiers", line) for line in lines
    )


def _variable(option: str) -> str:
    return f"CIBW_{option.upper().replace('-', '_')}"


def _unquoted(value: str) -> str:
    return value.strip().strip("\"'")


class _Environment:
    """The variables of cibuildwheel that a step sees."""

    def __init__(self, text: Text, mappings: Iterable[Mapping], exported: dict[str, str]) -> None:
        self.values = dict(exported)
        self.spots = dict[str, Spot]()
        self.obsolete = list[tuple[str, Spot]]()
        for mapping in mappings:
            for key, value in mapping.pairs:
                if key.value.startswith("CIBW_") and isinstance(value, Scalar):
                    self.values[key.value] = " ".join(value.value.split())
                    self.spots[key.value] = text.spot(key.start, key.end)
                    found = _OBSOLETE.findall(value.value)
                    if key.value in map(_variable, _MAY_BE_OBSOLETE):
                        self.obsolete += [(one, self.spots[key.value]) for one in found]
                    elif key.value == "CIBW_FREE_THREADED_SUPPORT":
                        self.obsolete.append((key.value, self.spots[key.value]))


def _step(
    text: Text, step: Mapping, environment: _Environment, values: list[dict[str, str]], said: Configured | None
) -> WheelBuild:
    where = step.key("uses") or step.key("run")
    spot = text.spot(where.start, where.end) if where is not None else text.spot(step.start, step.end)
    found = [_combined(spot, _version(text, step), environment, step, one, said) for one in values]
    makes = [one.built for one in found]
    made = [one for one in found if one.built]
    return replace(
        found[0],
        is_run=True,
        named=tuple(dict.fromkeys(name for one in found for name in one.named)),
        built=True if any(makes) else None if None in makes else False,
        test=next((one.test for one in made if one.test), ""),
        test_skipped=made[0].test_skipped if made and all(one.test_skipped for one in made) else None,
        obsolete=tuple(environment.obsolete),
    )


def _combined(  # noqa: PLR0913, PLR0917 - what a step is made of
    spot: Spot,
    version: tuple[int, ...],
    environment: _Environment,
    step: Mapping,
    values: dict[str, str],
    said: Configured | None,
) -> WheelBuild:
    options, test_skip = (dict(said.options), said.test_skip) if said is not None else ({}, None)
    for name in _OPTIONS:
        variable = _variable(name)
        every = [value for key, value in environment.values.items() if re.fullmatch(f"{variable}(?:_[A-Z]+)?", key)]
        if every:
            options[name] = substituted(" ".join(every), values)
            test_skip = environment.spots.get(variable, spot) if name == "test-skip" else test_skip
    only = substituted(step.mapping("with").text("only"), values)
    if only:
        options |= {"build": only, "skip": ""}
    return _build(spot, version, options, test_skip)


def _version(text: Text, step: Mapping) -> tuple[int, ...]:
    used = step.get("uses")
    if isinstance(used, Scalar):
        return action_version(used.value.partition("@")[2], text.rest_of_line(used.end))
    pinned = _PINNED.search(step.text("run")) or _PINNED.search(text.plain)
    return tuple(int(part) for part in pinned[1].split(".")) if pinned is not None else ()


def action_version(reference: str, beside: str) -> tuple[int, ...]:
    """``v5``, ``v4.7.1``, or a commit with the version in a comment beside it."""
    found = re.fullmatch(r"v?(\d+(?:\.\d+)*)", reference)
    if found is None and re.fullmatch(r"[0-9a-f]{40}", reference) is not None:
        found = re.match(r"[ \t]*#[ \t]*v?(\d+(?:\.\d+)*)", beside)
    return tuple(int(part) for part in found[1].split(".")) if found is not None else ()
