"""Released wheels under the hammer: what was driven, what was found, and what is to be said of it.

- ``releases``: which packages, each with a model of its own in ``models/``
- ``hunt``: one of them, hammered as a user does it
- ``judged``: what a reader of the source says of each finding
- ``results``: all of it as JSON; ``page``: as a page of the documentation
"""
