"""``ungil rules``: what is looked for."""

import json
from pathlib import Path

from tests.cli.running import ungil

from ungil.audit.notices import NOTICES
from ungil.hazards import hazards
from ungil.rules import catalogue

EVERY = sorted((rule.code, rule.slug) for rule in (*catalogue(), *NOTICES, *hazards()))


def test_every_rule_and_notice_is_listed_in_every_format(tmp_path: Path) -> None:
    """One line for each, by code."""
    rows = ungil(tmp_path, "rules").stdout.splitlines()
    assert [(row.split()[0], row.split()[2]) for row in rows] == EVERY
    plain = json.loads(ungil(tmp_path, "rules", "--format", "json").stdout)
    assert [(rule["code"], rule["slug"]) for rule in plain["rules"]] == EVERY
    table = ungil(tmp_path, "rules", "--format", "markdown").stdout.splitlines()[2:]
    assert [(row.split()[1], row.split()[3].strip("`")) for row in table] == EVERY


def test_the_list_can_be_narrowed(tmp_path: Path) -> None:
    """By the beginning of a code, and by level."""
    listed = ungil(tmp_path, "rules", "--select", "UG09").stdout.splitlines()
    assert [row.split()[0] for row in listed] == [notice.code for notice in NOTICES]
    levels = {row.split()[1] for row in ungil(tmp_path, "rules", "--level", "error").stdout.splitlines()}
    assert levels == {"error"}


def test_an_unknown_rule_is_an_error(tmp_path: Path) -> None:
    """A beginning that no code has exits with 2."""
    done = ungil(tmp_path, "rules", "--select", "UG0X")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no rule 'UG0X'" in done.stderr


def test_a_notice_is_explained_like_a_rule(tmp_path: Path) -> None:
    """``ungil explain`` knows what is said about suppressions, and what is seen at run time."""
    assert ungil(tmp_path, "explain", "unused-suppression").stdout.startswith("# unused-suppression (UG092)\n")
    assert ungil(tmp_path, "explain", "lost-result").stdout.startswith("# lost-result (UG905)\n")
