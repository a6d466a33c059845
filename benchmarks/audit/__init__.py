"""How true the front-end is, and how fast the audit is, beside others in the same run.

`make bench-audit` measures the speed; docs/audit-speed.md says how and what it found. `python -m benchmarks.audit.truth`
compares with Universal Ctags; docs/audit-truth.md has the outcome. The parts:

- releases.py: pinned source distributions and their cache
- truth.py, truth.txt: the comparison, and of what; ctags.py: the definitions; count.py: calls, counted independently
- measure.py: processes timed; scanner.py: the scanner alone; peer.py: tree-sitter; machine.py: where it ran
- targets.py: numbers to reach; results.py: the JSON; page.py: the page that is rendered from it
"""
