"""The same files, parsed by tree-sitter: run by a GIL-enabled interpreter that has its three packages, and not ungil.

    python peer.py LIST

LIST is a file of lines: the language, a space, the path. Prints JSON: versions and the seconds that parsing took, reading
the files apart. Nothing is looked for in the trees: an auditor built on them takes longer.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from pathlib import Path

import tree_sitter  # type: ignore[import-not-found]
import tree_sitter_c  # type: ignore[import-not-found]
import tree_sitter_cpp  # type: ignore[import-not-found]

PACKAGES = ("tree-sitter", "tree-sitter-c", "tree-sitter-cpp")


def main(listed: Path) -> None:
    """Parses and prints."""
    parsers = {
        "C": tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language())),
        "C++": tree_sitter.Parser(tree_sitter.Language(tree_sitter_cpp.language())),
    }
    rows = [line.split(" ", 1) for line in listed.read_text(encoding="utf-8").splitlines()]
    sources = [(parsers[language], Path(path).read_bytes()) for language, path in rows]
    start = time.perf_counter()
    trees = [parser.parse(data) for parser, data in sources]
    seconds = time.perf_counter() - start
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    print(json.dumps({"versions": versions, "seconds": seconds, "files": len(trees)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
