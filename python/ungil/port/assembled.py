"""The evidence, put together from what the stages came to: findings sorted and told to be whose they are, verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ungil.port.evidence import Evidence, Kept, Open, Shown, Stage
from ungil.port.fragment import Fragment, Member, ModuleSeen, parts
from ungil.port.modules import module_of, modules_of
from ungil.port.verdict import judged, seriousness

__all__ = ["assembled"]


def assembled(frame: Evidence, fragments: Sequence[Fragment]) -> Evidence:
    """The evidence.

    Args:
        frame: what is known of the run, without what stages came to.
        fragments: of the stages that were begun.
    """
    modules = modules_of(fragments)
    decisions = {name: (fixer, what) for one in fragments for name, fixer, what in one.decisions}
    found = [_placed(one, modules, decisions) for fragment in fragments for one in fragment.findings]
    findings = tuple(sorted(_unique(found), key=seriousness))
    members = [member for fragment in fragments for member in fragment.members]
    return replace(
        frame,
        modules=tuple(judged(one, findings, fragments, _of(one, members, modules)) for one in modules),
        findings=findings,
        suppressions=tuple(_kept(one, modules) for fragment in fragments for one in fragment.suppressions),
        open=tuple(_opened(one, fragment.step.stage, modules) for fragment in fragments for one in fragment.open),
        tools=frame.tools | {name: version for one in fragments for name, version in (one.tools or {}).items()},
        notes=tuple(dict.fromkeys((*frame.notes, *(note for one in fragments for note in one.notes)))),
        **parts(fragments),
    )


def _placed(shown: Shown, modules: Sequence[ModuleSeen], decisions: Mapping[str, tuple[str, str]]) -> Shown:
    path = shown.finding.location.path
    if shown.stage is Stage.AUDIT:
        repaired, decision = decisions.get(shown.fingerprint, ("", ""))
        shown = replace(shown, repaired=repaired, decision=decision)
    if shown.module or shown.stage is Stage.WHEEL:
        return shown
    only = modules[0].name if len(modules) == 1 and shown.stage in {Stage.STRESS, Stage.HAMMER} else ""
    return replace(shown, module=only or module_of(path, modules))


def _kept(one: Kept, modules: Sequence[ModuleSeen]) -> Kept:
    return replace(one, module=one.module or module_of(one.finding.location.path, modules))


def _opened(one: Open, stage: Stage, modules: Sequence[ModuleSeen]) -> Open:
    """What the hammer left open is the only module's, if there is only one."""
    is_only = stage is Stage.HAMMER and len(modules) == 1
    return replace(one, module=one.module or modules[0].name) if is_only else one


def _unique(found: Sequence[Shown]) -> Iterator[Shown]:
    """With fingerprints of which no two are the same."""
    seen: Counter[str] = Counter()
    for one in found:
        seen[one.fingerprint] += 1
        again = seen[one.fingerprint]
        yield replace(one, fingerprint=f"{one.fingerprint}+{again}") if again > 1 else one


def _of(module: ModuleSeen, members: Sequence[Member], modules: Sequence[ModuleSeen]) -> list[Member]:
    """The members of a module: what says that it is of it; of the only one, all."""
    if len(modules) == 1:
        return list(members)
    return [member for member in members if _owner(member, modules) == module.name]


def _owner(member: Member, modules: Sequence[ModuleSeen]) -> str:
    """The module of a member: C often says of a class that it is of the package, whose only module it may be in."""
    said = member.owner.partition(":")[0]
    names = [module.name for module in modules]
    if said in names:
        return said
    inside = [name for name in names if name.startswith(f"{said}.")]
    return inside[0] if len(inside) == 1 else ""
