"""Which rules are meant, and which findings are serious enough."""

import pytest
from tests.audit.auditing import FUNCTION, audited, codes

from ungil.audit import Policy
from ungil.errors import UsageError
from ungil.finding import Severity


@pytest.mark.parametrize(
    ("policy", "is_found"),
    [
        (Policy(), True),
        (Policy(select=("UG1",)), True),
        (Policy(select=("UG",)), True),
        (Policy(select=("UG2", "Borrowed-List-Item")), True),
        (Policy(select=("UG2",)), False),
        (Policy(ignore=("ug10",)), False),
        (Policy(select=("UG101",), ignore=("UG1",)), False),
        (Policy(level=Severity.WARNING), True),
        (Policy(level=Severity.ERROR), False),
        (Policy(per_file_ignores=(("src/*.c", ("UG1",)),)), False),
        (Policy(per_file_ignores=(("lib/*.c", ("UG1",)),)), True),
        (Policy(per_file_ignores=(("src/*.c", ("UG2",)),)), True),
    ],
)
def test_codes_beginnings_and_names_choose(policy: Policy, *, is_found: bool) -> None:
    """What is ignored is not looked for, even if selected; what is below the level is not reported."""
    assert codes(audited(FUNCTION % "", policy)) == ([(4, "UG101")] if is_found else [])


def test_the_rules_of_an_audit_are_those_that_were_looked_for() -> None:
    """A report lists no rule that was not applied."""
    rules = audited(FUNCTION % "", Policy(select=("UG1",), ignore=("UG102",))).rules
    assert "UG101" in {rule.code for rule in rules}
    assert all(rule.code.startswith("UG1") and rule.code != "UG102" for rule in rules)


@pytest.mark.parametrize("selector", ["UG10x", "u", "", "borrowed", "UG1011"])
def test_what_means_no_rule_is_an_error(selector: str) -> None:
    """A slip is not taken for a beginning."""
    with pytest.raises(UsageError, match="there is no rule"):
        audited(FUNCTION % "", Policy(ignore=(selector,)))
