"""Whether the rules about build, packaging and CI files are right about real projects, and how much they say.

`python -m benchmarks.ci_rules --write docs` reads the sdists in sdists.txt and writes docs/ci-rules.md and .json. The
parts:

- sdists.txt: which sdists, all with workflows; cache.py: where they are kept
- judged.toml: every finding, read by hand: whether it holds, and why
- results.py: what was found, as JSON, and what follows from it; targets.py: numbers to reach
- page.py: the page that is rendered from it
"""
