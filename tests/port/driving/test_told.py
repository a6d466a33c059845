"""What the hammer says, as evidence: findings with their lanes, numbers, what stays open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.port.roads import finding, project

from ungil.finding import Severity
from ungil.port.driving.lanes import scenario
from ungil.port.driving.told import NAMED, Told
from ungil.port.evidence import Lane, Moment, Open, Origin, Stage
from ungil.port.fragment import Member

PLACE = {
    "file": "/x/spam.so",
    "offset": 4660,
    "function": "first",
    "function_offset": 52,
    "path": "spam.c",
    "line": 5,
    "after_call": "PyList_GetItem",
    "before_call": "",
}


def observation(**changed: object) -> dict[str, Any]:
    """A thread stopped before one instruction, another one ran meanwhile."""
    plain: dict[str, Any] = {
        "model": "Spam",
        "threads": [["get(1)"], ["clear()"]],
        "made_by": "A",
        "method": "stops",
        "times": 1,
        "turns": [
            {"thread": "A", "stop": PLACE, "time": 0},
            {"thread": "B", "stop": None, "time": 0},
            {"thread": "A", "stop": None, "time": 0},
        ],
        "kind": "outcome",
        "got": "None",
        "differs": ["answer"],
        "allowed": [{"order": "A B", "outcome": "1"}, {"order": "B A", "outcome": "raised IndexError"}],
        "again": 4,
        "tries": 5,
        "orders_run": 20,
        "seconds": 0.5,
        "executions": 40,
        "stacks": [],
    }
    return plain | changed


def confirmation(**changed: object) -> dict[str, Any]:
    """What a script of plain threads showed."""
    plain = {"confirmed": True, "tries": 1, "seconds": 0.25, "how": "SIGSEGV", "script": "", "text": "import spam\n"}
    return plain | {"debug_allocator": False} | changed


def report(**changed: object) -> dict[str, Any]:
    """Of one target, with one finding."""
    one = finding("UG905", "lost-result", severity=Severity.WARNING)
    plain: dict[str, Any] = {
        "module": "spam",
        "how": {
            "threads": 2,
            "stepping": "hardware breakpoints",
            "seed": 7,
            "executions": 100,
            "gil_kept_off": False,
            "gil_came_on": "",
        },
        "findings": [
            {
                "code": one.code,
                "slug": one.slug,
                "message": one.message,
                "location": {"path": "spam.c", "line": 5, "column": 1, "end_line": 5, "end_column": 9},
                "severity": "warning",
                "confidence": "high",
                "evidence": ["A: get(1) | B: clear()"],
                "fix": "lock it",
                "fingerprint": "x:1",
                "sighting": {
                    "documented": "",
                    "confirmation": confirmation(),
                    "observations": [observation(), observation(method="burst", times=50, turns=[])],
                },
            }
        ],
        "suppressed": [],
        "driven": [
            {
                "name": "Spam",
                "source": "harvest tests/test_spam.py:3",
                "operations": ["get", "clear"],
                "pairs": [
                    {"first": "get", "second": "clear", "runs": 9, "stops": 4},
                    {"first": "get", "second": "get", "runs": 2, "stops": 1},
                ],
                "executions": 11,
                "readers": False,
                "counted": True,
            }
        ],
        "never": [{"what": "Spam.copy", "why": "no time"}, {"what": "Spam.pop", "why": "no time"}],
        "members": [
            {"owner": "spam:Spam", "member": "get", "kind": "method", "sources": ["harvest"], "why": ""},
            {"owner": "spam:Spam", "member": "copy", "kind": "method", "sources": [], "why": "no time"},
        ],
        "notes": ["a note"],
    }
    return plain | changed


def test_a_stop_is_a_moment_of_its_thread() -> None:
    """Two lanes; time goes on from turn to turn; where the thread stood is known in source."""
    found = scenario(observation(), confirmation())
    stop = Origin("first+0x34 (spam.c:5), after the call of PyList_GetItem", "spam.c", 5)
    assert found.lanes == (
        Lane("A", ("get(1)",), (Moment(0, "get(1) runs to", stop), Moment(2, "goes on to its end"))),
        Lane("B", ("clear()",), (Moment(1, "clear() runs to its end"),)),
    )
    assert found.title == "Spam: get(1) beside clear()"
    assert found.allowed == (("A B", "1"), ("B A", "raised IndexError"))
    assert (found.again, found.tries) == (4, 5)
    assert found.confirmed == "confirmed in plain Python threads (1 try, 0.2 s): SIGSEGV"
    assert found.script == "import spam\n"


def test_threads_that_set_off_together_share_a_moment() -> None:
    """How often each call is made is said."""
    found = scenario(observation(method="burst", times=50, turns=[]), None)
    assert [lane.moments for lane in found.lanes] == [
        (Moment(0, "sets off at the same moment: get(1), 50 times"),),
        (Moment(0, "sets off at the same moment: clear(), 50 times"),),
    ]
    assert found.confirmed == ""


def test_a_defect_that_took_several_runs_has_lanes_too() -> None:
    """Where no single stop shows it."""
    found = scenario(observation(turns=[]), None)
    assert [len(lane.moments) for lane in found.lanes] == [2, 1]


def test_what_was_not_confirmed_is_said() -> None:
    """A script that showed nothing, one that was not run, one that there is none of."""
    words = [
        scenario(observation(), confirmation(**changed)).confirmed
        for changed in ({"confirmed": False, "tries": 2}, {"tries": 0}, {"text": "", "how": "no source for the object"})
    ]
    assert words == [
        "not shown in plain Python threads (2 tries, 0.2 s)",
        "not tried in plain Python threads",
        "not tried in plain Python threads: no source for the object",
    ]


def test_a_report_becomes_evidence(tmp_path: Path) -> None:
    """Numbers are joined over targets; each member counts once; the pair that showed something is marked."""
    told = Told([report(), report(findings=[])], project(tmp_path / "spam"), operations=3)
    hammered = told.hammered(["first"])
    assert (hammered.executions, hammered.seed, hammered.operations) == (200, 7, 3)
    assert (hammered.members, hammered.driven, hammered.gil) == (2, 1, "off")
    assert hammered.notes == ("first", "a note")
    assert [pair.found for pair in hammered.models[0].pairs] == [True, False]
    assert hammered.models[0].source == "harvest"
    (found,) = told.findings()
    assert (found.stage, len(found.scenarios)) == (Stage.HAMMER, 2)
    assert found.excerpt is not None
    assert next(iter(told.members())) == Member("spam:Spam", "copy", driven=False)
    assert next(told.open()) == Open("Spam.copy, Spam.pop, Spam.copy, Spam.pop", "no time")


def test_what_one_reason_holds_for_is_not_all_named(tmp_path: Path) -> None:
    """How many more there are is said."""
    never = [{"what": f"Spam.m{number}", "why": "no time"} for number in range(NAMED + 5)]
    (gap,) = Told([report(never=never)], tmp_path, operations=0).open()
    assert gap.what.endswith("and 5 more")


def test_the_gil_is_told(tmp_path: Path) -> None:
    """That it was kept off, or came on, stands beside the numbers."""
    kept = report(how=report()["how"] | {"gil_kept_off": True})
    on = report(how=report()["how"] | {"gil_came_on": "in Spam.get"})
    words = [Told([one], tmp_path, operations=0).hammered([]).gil for one in (kept, on)]
    assert words == ["kept off against the module's word", "came on in Spam.get"]
