"""The generated documentation."""

import subprocess
import sys
from pathlib import Path

from ungil.audit.notices import NOTICES
from ungil.hazards import hazards
from ungil.rules import catalogue

BUILD = Path(__file__).parents[2] / "docs" / "build.py"


def test_every_rule_gets_a_page_and_an_entry_in_the_index(tmp_path: Path) -> None:
    """One page for each rule, named by its slug, and an index that links to each."""
    subprocess.run([sys.executable, BUILD, tmp_path], capture_output=True, check=True, timeout=60)
    rules = (*catalogue(), *NOTICES, *hazards())
    pages = {path.name for path in (tmp_path / "rules").iterdir()}
    assert pages == {"README.md", *(f"{rule.slug}.md" for rule in rules)}
    index = (tmp_path / "rules" / "README.md").read_text(encoding="utf-8")
    assert all(f"]({rule.slug}.md)" in index for rule in rules)
