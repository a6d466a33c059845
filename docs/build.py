"""Writes the generated part of the documentation: a page for each rule, and their index.

python docs/build.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from ungil.cli.rules import every_rule
from ungil.report import page


def main(folder: Path) -> None:
    """Writes FOLDER/rules/*.md."""
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    rows = ["# Rules", "", "| code | rule | severity | |", "|---|---|---|---|"]
    every = every_rule()
    for rule in every:
        (rules / f"{rule.slug}.md").write_text(page.render(rule), encoding="utf-8")
        rows.append(f"| {rule.code} | [{rule.slug}]({rule.slug}.md) | {rule.severity} | {page.summary(rule)} |")
    (rules / "README.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(every)} pages in {rules}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
