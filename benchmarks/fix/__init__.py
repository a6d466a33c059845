"""What `ungil fix` makes of released source distributions: do they build, do their tests pass, how long does it take?

`make bench-fix` fixes those in packages.toml and writes docs/fix-measured.md and .json. The parts:

- packages.toml, packages.py: which releases, and how the tests of each are run
- tool.py: `ungil audit` and `ungil fix`, as their users start them
- process.py: commands with a deadline; builds.py: environments and wheels; suite.py: a test suite, test by test
- trial.py: one release from the index to its row: fixed, built and tested on both builds of Python
- judged.toml, judged.py, followed.py: what the maintainers did about the same findings, and what `ungil fix` does
- results.py: all of it as JSON; targets.py: numbers to reach; page.py: the page that is rendered from it
"""
