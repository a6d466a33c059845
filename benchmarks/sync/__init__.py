"""What the primitives cost beside their peers: side by side in one run, on one thread and on two.

`make bench-sync` runs it; docs/primitives-speed.md says how it measures and what it found. The parts, from the bottom:

- case.py: a case as data, and the loop that it becomes; cases/: the cases, one file per primitive
- sample.py: what one run of a loop yields, when a sample counts, medians
- threads.py: two pinned threads that start together; measure.py: all cases, interleaved
- floor.c, floor.py: the least that a method and an atomic can cost, written in C
- targets.py: ratios to reach; scaling.py, members.py: every member of every type scales; startup.py: `import ungil`
- results.py: the JSON; table.py, page.py, plot.py: the JSON as text, as a page, as a picture
"""
