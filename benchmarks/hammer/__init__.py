"""What finds the races that tests/ext/mutants holds, and how soon: the hammer beside its peers, in one run.

`make bench-hammer` measures; docs/hammer-measured.md says how and what it found. The parts, from the bottom:

- journal.py: what a process that may crash or hang leaves behind; process.py: such a process, watched
- method.py: what a method is; methods.py: those that are measured
- parallel.py: pytest-run-parallel; unit_tests.py, recorder.py: what it runs, and the plugin that keeps the journal
- barrier.py: threads on a shared object; invariants.py, more_invariants.py: what must hold of it, written by hand
- plan.py: who runs when; results.py: the JSON; targets.py: numbers to reach; page.py: the page that is rendered from it
"""
