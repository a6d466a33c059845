"""Refuses answers that would not work, before anything is written.

This is the one place that knows them: cookiecutter and cruft run it, `ungil new` loads it, and `make docs` writes
copier's validators from it. So each rule is a pattern, which the whole answer has to match, and what is right.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping

# With an underscore where a name may have any separator: keywords and modules of Python 3.12 to 3.15; modules and
# folders of the project; what builds and tests it; names that no file has on Windows.
TAKEN = """
abc aifc and annotationlib antigravity argparse array as assert ast async asyncio atexit audioop await base64 bdb
binascii bisect break builtins bz2 calendar cgi cgitb chunk class cmath cmd code codecs codeop collections colorsys
compileall compression concurrent configparser contextlib contextvars continue copy copyreg cprofile crypt csv ctypes
curses dataclasses datetime dbm decimal def del difflib dis doctest elif else email encodings ensurepip enum errno
except faulthandler fcntl filecmp fileinput finally fnmatch for fractions from ftplib functools gc genericpath getopt
getpass gettext glob global graphlib grp gzip hashlib heapq hmac html http idlelib if imaplib imghdr import importlib
in inspect io ipaddress is itertools json keyword lambda lib2to3 linecache locale logging lzma mailbox mailcap marshal
math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nonlocal not nt ntpath nturl2path
numbers opcode operator optparse or os ossaudiodev pass pathlib pdb pickle pickletools pipes pkgutil platform plistlib
poplib posix posixpath pprint profile profiling pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri
raise random re readline reprlib resource return rlcompleter runpy sched secrets select selectors shelve shlex shutil
signal site smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics
string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc try tty turtle
turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser while winreg
winsound with wsgiref xdrlib xml xmlrpc yield zipapp zipfile zipimport zlib zoneinfo
build check_wheel conftest dist python src test test_declaration test_racy_twin test_refusals test_samples test_stress
tests threads wheelhouse
cibuildwheel clang_format cmake cython mypy nanobind ninja pip pre_commit pybind11 pytest pytest_run_parallel
pytest_timeout ruff scikit_build_core setuptools ungil uv
aux com[1-9] con lpt[1-9] nul prn
"""
NUMBER = "(0|[1-9][0-9]*)"
# Neither control characters nor what turns the direction of text around; nothing that is a template.
IN_A_LINE = r"(?!.*[{][#%{])[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"

RULES = {
    "name": [
        (
            "[A-Za-z][A-Za-z0-9]*([-_.][A-Za-z0-9]+)*",
            "a name is ASCII letters and digits, a letter first, with single '-', '_' or '.' between: my-extension",
        ),
        ("(?!.{65}).+", "a name has at most 64 characters"),
        (
            f"(?i:(?!({'|'.join(TAKEN.split()).replace('_', '[-_.]')})$).+)",
            "Python, the project or what tests it has a module of that name already, so choose another one",
        ),
    ],
    "summary": [
        (
            rf"(?=\S){IN_A_LINE}(?<=\S)",
            "a summary is one line of text, with no blanks around it, no control characters and no template in it",
        ),
        ("(?!.{513}).+", "the package index takes at most 512 characters"),
    ],
    "repository": [
        (
            r"https?://[^\s\"'<>`{|}^/?#@\\]+(/[^\s\"'<>`{|}^\\]*)?",
            "an address begins with https:// and has no blanks, quotes or passwords: https://example.org/me/it",
        ),
    ],
    "version": [
        (
            rf"([1-9][0-9]*!)?{NUMBER}([.]{NUMBER})*((a|b|rc){NUMBER})?([.]post{NUMBER})?([.]dev{NUMBER})?",
            "a version is written as PEP 440 has it: 0.1.0, 1.2rc1 or 1.2.dev3",
        ),
    ],
}


def problems(answers: Mapping[str, str]) -> list[str]:
    """Say for each answer that would not work what is right."""
    found = []
    for question in [question for question in RULES if question in answers]:
        answer = answers[question]
        wrong = [right for pattern, right in RULES[question] if not re.fullmatch(pattern, answer)]
        found += [f"{question} {answer!r:.70}: {right}" for right in wrong[:1]]
    return found


if __name__ == "__main__":
    sys.exit("\n".join(problems(json.loads(r"""{{ cookiecutter | tojson }}"""))) or None)
