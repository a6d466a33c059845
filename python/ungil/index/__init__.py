"""Package indexes, as pip is set up to use them: the files of a release, and what a project has released.

``configuration`` asks pip which indexes there are. ``release`` finds and downloads single files with the standard
library alone; ``client`` asks about many projects at once, with httpx, and ``kept`` keeps the answers.
"""

from ungil.index.configuration import index_urls
from ungil.index.page import IndexFile
from ungil.index.release import download, source_distribution, wheels

__all__ = ["IndexFile", "download", "index_urls", "source_distribution", "wheels"]
