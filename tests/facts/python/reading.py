"""Facts of Python code that a test writes."""

import textwrap

from ungil.facts.python import read as python
from ungil.facts.python.model import PyFunction
from ungil.facts.python.sharing import PythonFacts
from ungil.source import Language, Source

HEAD = """
import threading
import threading as t
from threading import Lock as L, Condition
from concurrent.futures import ThreadPoolExecutor

table = {}
count = 0
lock = threading.Lock()
"""


def read(code: str, **more: str) -> PythonFacts:
    """The facts of one file, and of others."""
    files = {"spam.py": HEAD + textwrap.dedent(code), **{f"{name}.py": text for name, text in more.items()}}
    return python.read([Source(path, text.encode(), Language.PYTHON) for path, text in files.items()])


def function(facts: PythonFacts, name: str) -> PyFunction:
    """The one of that name."""
    return next(one for one in facts.functions if one.name == name)
