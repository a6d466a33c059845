"""The scaling guard knows all that the types have to offer."""

import pytest
from benchmarks.sync.case import Case, make_loop
from benchmarks.sync.members import CONSTRUCT, SUBJECTS, member_cases, members, public_types, statement_for, unmeasured

CASES = list(member_cases())


def test_every_member_of_every_type_is_measured() -> None:
    """A new type, method, operator or property has a statement in benchmarks/sync/members.py, or is named here."""
    assert unmeasured() == []


def test_a_member_that_nobody_wrote_a_statement_for_is_named() -> None:
    """What a type has is found by looking at it, inherited members included, those of object and private ones not."""

    class Base:
        inherited = property(lambda _: 1)

    class Widget(Base):
        def turn(self) -> None: ...
        def _turn(self) -> None: ...
        def __len__(self) -> int:
            return 0

    found = members(Widget)
    assert {"__len__", "inherited", "turn"} <= set(found)
    assert not {"_turn", "__repr__", "__init__"} & set(found)
    assert statement_for("Widget", "turn") is None


def test_no_statement_is_left_of_what_is_gone() -> None:
    """Every type and member with a statement exists."""
    types = public_types()
    assert sorted(SUBJECTS) == sorted(types)
    gone = [f"{name}.{one}" for name in types for one in SUBJECTS[name].statements if one not in members(types[name])]
    assert gone == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operation}.{case.contender}")
def test_every_statement_uses_its_member(case: Case) -> None:
    """A statement runs again and again on one object, and names the member or is the operator that calls it."""
    make_loop(case, None, 0, []).run(2)
    (statement,) = case.statements
    member = case.contender
    assert member == CONSTRUCT or member.startswith("__") or f".{member}" in statement
