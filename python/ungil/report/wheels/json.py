"""Wheels as JSON, version 1; ``wheels.schema.json`` beside this file is its schema."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ungil.wheel.model import Binary, Module, Wheel
from ungil.wheel.result import Checked

__all__ = ["render"]

VERSION = 1


def render(checked: Checked) -> str:
    """One object: the wheels, what was looked for, what was found."""
    report = {
        "version": VERSION,
        "level": checked.level,
        "rules": [{"code": rule.code, "slug": rule.slug, "title": rule.title} for rule in checked.rules],
        "wheels": [_wheel(wheel) for wheel in checked.wheels],
        "refused": [
            {"name": name, "happened": error.happened, "advice": error.advice} for name, error in checked.refused
        ],
        "findings": [_finding(asdict(finding)) for finding in checked.findings],
        "not_reported": {"hidden": checked.hidden},
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _finding(plain: dict[str, Any]) -> dict[str, Any]:
    """A finding's place is a wheel and, unless it is about the whole of it, a file in it."""
    wheel, _, file = plain.pop("location")["path"].partition("/")
    return plain | {"wheel": wheel, "file": file or None}


def _wheel(wheel: Wheel) -> dict[str, Any]:
    return {
        "filename": wheel.filename,
        "name": wheel.name,
        "version": str(wheel.version),
        "tags": sorted(map(str, wheel.tags)),
        "classifiers": list(wheel.classifiers),
        "run_by": list(wheel.hosts),
        "not_run": wheel.not_run or None,
        "modules": [_module(module) for module in wheel.modules],
        "libraries": [_binary(library) for library in wheel.libraries],
    }


def _module(module: Module) -> dict[str, Any]:
    return {
        "name": module.name,
        "verdict": module.verdict,
        "how": module.settled.how,
        "readings": [
            {
                "method": one.method,
                "verdict": one.verdict,
                "how": one.how,
                "interpreter": one.host or None,
                "turned_on_by_others": list(one.others),
            }
            for one in module.readings
        ],
        "binding": module.binary.binding or None,
        "build": module.binary.build,
        "file": _binary(module.binary),
    }


def _binary(binary: Binary) -> dict[str, Any]:
    return {
        "path": binary.path,
        "format": binary.container or None,
        "architectures": list(binary.architectures),
        "needs": list(binary.libraries),
        "debug_bytes": binary.debug,
        "problem": binary.problem or None,
    }
