"""Dependencies as JSON, version 1; ``dependencies.schema.json`` beside this file is its schema."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ungil.deps.check import Checked
from ungil.deps.package import Package
from ungil.wheel.model import Module

__all__ = ["render"]

VERSION = 1


def render(checked: Checked) -> str:
    """One object: what was looked at, what was looked for, what was found."""
    tree = checked.tree
    report = {
        "version": VERSION,
        "tree": {
            "name": tree.name,
            "kind": tree.kind,
            "resolved_by": tree.resolved_by,
            "left_out": list(tree.left_out),
            "elsewhere": tree.elsewhere,
            "remarks": list(tree.remarks),
        },
        "target": {"python": checked.target.python, "platform": checked.target.platform},
        "level": checked.level,
        "rules": [{"code": rule.code, "slug": rule.slug, "title": rule.title} for rule in checked.rules],
        "packages": [_package(package) for package in checked.packages],
        "failures": [
            {"happened": error.happened, "advice": error.advice, "packages": names}
            for error, names in checked.failures.values()
        ],
        "findings": [asdict(finding) for finding in checked.findings],
        "not_reported": {"hidden": checked.hidden, "accepted": checked.accepted},
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _package(package: Package) -> dict[str, Any]:
    dependency, release = package.dependency, package.release
    return {
        "name": dependency.name,
        "version": str(dependency.version) if dependency.version is not None else None,
        "path": dependency.path,
        "line": dependency.line,
        "source": dependency.source,
        "index": dependency.index,
        "needed_by": list(dependency.needed_by),
        "status": package.status,
        "why": package.why or None,
        "judged_by": package.judged_by,
        "has_source": package.has_source,
        "falls_back": package.falls_back,
        "requires_python": release.requires_python if release is not None else None,
        "refused": package.refused,
        "yanked": release.yanked if release is not None else None,
        "free_threaded_for": list(package.platforms),
        "since": asdict(package.since) if package.since is not None else None,
        "since_any": asdict(package.since_any) if package.since_any is not None else None,
        "upgrade": _upgrade(package),
        "modules": [_module(one) for one in package.modules] if package.modules is not None else None,
    }


def _module(module: Module) -> dict[str, Any]:
    settled = module.settled
    return {
        "name": module.name,
        "verdict": module.verdict,
        "method": settled.method,
        "how": settled.how,
        "interpreter": settled.host or None,
    }


def _upgrade(package: Package) -> dict[str, Any] | None:
    found = package.upgrade
    if found is None:
        return None
    held = found.blocked_by
    return {
        "first": str(found.first) if found.first is not None else None,
        "newest": str(found.newest) if found.newest is not None else None,
        "blocked": str(found.blocked) if found.blocked is not None else None,
        "blocked_by": {"name": held.by, "asks_for": str(held.versions)} if held is not None else None,
    }
