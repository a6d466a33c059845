"""Fails if a test ran in none of the runs whose JUnit reports are given: one that is always skipped tests nothing.

python tests/every_test_ran.py REPORT...
"""

import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path


def main(reports: list[str]) -> str | None:
    """What is wrong, or nothing."""
    ran: defaultdict[str, list[str]] = defaultdict(list)
    for report in reports:
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
            name = f"{case.get('classname')}::{case.get('name')}"
            if case.find("skipped") is None:
                ran[name].append(Path(report).stem)
            else:
                ran[name] += []
    never = sorted(name for name, where in ran.items() if not where)
    for name in never:
        print(f"never ran: {name}", file=sys.stderr)
    print(f"{len(ran) - len(never)} of {len(ran)} tests ran at least once in {len(reports)} runs")
    return "a test ran in none of the runs" if never or not ran else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
