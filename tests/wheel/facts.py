"""Wheels as facts, from the listings that the examples of rules are."""

import tomllib
from typing import Any

from packaging.tags import parse_tag

from ungil.wheel.fit import architecture
from ungil.wheel.model import Binary, Build, Declaration, Method, Module, Reading, Verdict, Wheel
from ungil.wheel.names import mangled, module_name, parsed, suffix_of

CONTAINERS = {"manylinux": "ELF", "musllinux": "ELF", "linux": "ELF", "macosx": "Mach-O", "win": "PE", "any": "ELF"}


def wheel_of(listing: str) -> Wheel:
    """The wheel that a listing describes; what it does not say of a file is as it should be."""
    said = tomllib.loads(listing)
    filename = said.pop("wheel")
    name, version, tags = parsed(filename)
    inner = said.pop("tags", None)
    classifiers, record, misnamed = (tuple(said.pop(key, ())) for key in ("classifiers", "record", "misnamed"))
    platform = min(tag.platform for tag in tags)
    modules, libraries = [], []
    for path, facts in said.items():
        if facts.get("library"):
            libraries.append(_binary(path, facts, platform, ()))
        else:
            modules.append(_module(path, facts, platform))
    return Wheel(
        filename=filename,
        name=name,
        version=version,
        tags=tags,
        inner_tags=tags if inner is None else frozenset().union(*map(parse_tag, inner)),
        modules=tuple(modules),
        libraries=tuple(libraries),
        classifiers=classifiers,
        record=record,
        misnamed=misnamed,
    )


def _module(path: str, facts: dict[str, Any], platform: str) -> Module:
    suffix = suffix_of(path)
    assert suffix is not None
    name = module_name(path, suffix)
    assert name is not None
    entries = tuple(facts.get("entries", (f"PyInit{mangled(name.rpartition('.')[2])}",)))
    readings = [Reading(Method.READ, Verdict(facts["read"]), "the file")]
    if "initialised" in facts:
        readings.append(Reading(Method.INITIALISED, Verdict(facts["initialised"]), "it ran", "3.14t"))
    if "imported" in facts:
        others = tuple(facts.get("others", ()))
        readings.append(Reading(Method.IMPORTED, Verdict(facts["imported"]), "it ran", "3.14t", others))
    if "fails" in facts:
        readings.append(Reading(Method.IMPORTED, Verdict.UNKNOWN, facts["fails"], "3.14t", failed=True))
    return Module(name, suffix, _binary(path, facts, platform, entries), tuple(readings))


def _binary(path: str, facts: dict[str, Any], platform: str, entries: tuple[str, ...]) -> Binary:
    default = ("x86_64", "arm64") if platform.endswith("universal2") else (architecture(platform) or "x86_64",)
    container = next(name for start, name in CONTAINERS.items() if platform.startswith(start))
    problem = facts.get("problem", "")
    return Binary(
        path=path,
        container="" if problem else facts.get("container", container),
        architectures=tuple(facts.get("architectures", default)),
        libraries=tuple(facts.get("libraries", ())),
        build=Build(facts.get("build", "unknown")),
        build_seen=facts.get("seen", ""),
        binding=facts.get("binding", "C"),
        entries=entries,
        debug=facts.get("debug", 0),
        declaration=Declaration(Verdict(facts.get("read", "unknown")), "the file"),
        problem=problem,
    )
