"""What the wheel says of itself: its tag, its binaries, and what importing them does in a fresh process."""

from __future__ import annotations

from ungil.port.evidence import Reached, Stage, Step, Wheeled
from ungil.port.fragment import Fragment, ModuleSeen
from ungil.port.order import FREE_THREADED, Work
from ungil.port.showing import shown
from ungil.port.words import count
from ungil.wheel import check, hosts, result
from ungil.wheel.model import Method, Module, Reading, Verdict
from ungil.wheel.rules import wheel_rules

__all__ = ["run"]

_SECONDS = 20
"""For one module."""

_DECLARED = {
    Verdict.DECLARED: "that it needs no GIL",
    Verdict.GIL_USED: "that it uses the GIL",
    Verdict.NOT_DECLARED: "nothing",
    Verdict.UNKNOWN: "not known",
}
_DID = {
    Verdict.DECLARED: "imported, the GIL stays off",
    Verdict.GIL_USED: "imported, the GIL comes on",
    Verdict.NOT_DECLARED: "imported, the GIL comes on",
    Verdict.UNKNOWN: "not known",
}


def run(work: Work) -> Fragment:
    """Check the wheel as ``ungil wheel check`` does, with the environment in which its needs are installed.

    Raises:
        WheelError: what reads binaries is not installed, or the wheel is damaged.
        BuildError: what it depends on cannot be installed.
    """
    path = work.wheel()
    shop = work.shop()
    shop.install(path, deadline=work.seconds)
    host = hosts.Host(FREE_THREADED, shop.python)
    wheel = check.check(path, check.Run(hosts=(host,), seconds=_SECONDS), work.report)
    checked = result.judged([wheel], [], wheel_rules(), work.order.policy.level)
    return Fragment(
        step=Step(
            stage=Stage.WHEEL,
            reached=Reached.DONE,
            why=_words(wheel.modules, len(checked.findings)),
            command=f"ungil wheel check {path.name}",
        ),
        findings=tuple(shown(finding, Stage.WHEEL, work.source) for finding in checked.findings),
        modules=tuple(_seen(module) for module in wheel.modules),
        wheeled=Wheeled(
            tags=tuple(sorted(map(str, wheel.tags))),
            classifiers=tuple(one for one in wheel.classifiers if "Free Threading" in one),
            modules=tuple((module.name, _declares(module)) for module in wheel.modules),
            imported=tuple((module.name, _imports(module)) for module in wheel.modules),
        ),
        notes=(f"The modules were not run: {wheel.not_run}.",) if wheel.not_run else (),
    )


def _words(modules: tuple[Module, ...], findings: int) -> str:
    declared = sum(module.verdict is Verdict.DECLARED for module in modules)
    return f"{declared:,} of {count(len(modules), 'module')} declared; {count(findings, 'finding')}"


def _seen(module: Module) -> ModuleSeen:
    known = None if module.verdict is Verdict.UNKNOWN else module.verdict is Verdict.DECLARED
    declared = "" if known is None else _DECLARED[module.verdict]  # what the source says stands then
    ran = _ran(module)
    imported = None if ran is None else ran.verdict is not Verdict.UNKNOWN
    gil_on = ran.verdict.turns_gil_on if ran is not None and imported else None
    return ModuleSeen(module.name, declared, needs_no_gil=known, imported=imported, gil_on=gil_on)


def _declares(module: Module) -> str:
    read = next(one for one in module.readings if one.method is Method.READ)
    return f"{_DECLARED[read.verdict]} ({read.how})" if read.how else _DECLARED[read.verdict]


def _ran(module: Module) -> Reading | None:
    """The last of what was seen when it ran; None if it did not."""
    return next((one for one in reversed(module.readings) if one.method is not Method.READ), None)


def _imports(module: Module) -> str:
    last = _ran(module)
    if last is None:
        return "not tried"
    others = f", on account of {', '.join(last.others)}" if last.others else ""
    told = f": {last.how}" if last.verdict is Verdict.UNKNOWN and last.how else ""
    return f"{_DID[last.verdict]}{told}{others}"
