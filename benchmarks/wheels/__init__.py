"""Whether `ungil wheel check` is right about released wheels, and how long it takes for one.

`make bench-wheels` checks those in wheels.txt and writes docs/wheels-checked.md and .json. The parts:

- wheels.txt: which wheels, by file name; cache.py: where they are kept
- results.py: what each was found to be, as JSON, and what follows from it; targets.py: numbers to reach
- page.py: the page that is rendered from it
"""
