"""Writes what is taken from the source: the list of rules, who sees which hazard, the settings; copier's validators.

python docs/derived.py           # writes rules.md, hazards.md, and the marked parts of audit.md, README and copier.yml
python docs/derived.py --check   # writes nothing; exits with 1 and names what is out of date
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import runpy
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ungil.cli.rules import every_rule
from ungil.config import Settings, model
from ungil.description import Description
from ungil.fixers import fixers
from ungil.report import page

DOCS = Path(__file__).parent
ROOT = DOCS.parent
GROUPS = {
    "UG0": "what a module says about the GIL, and what comments admit",
    "UG09": "what can be wrong with a suppression",
    "UG1": "borrowed references, and containers that other threads change",
    "UG2": "state that threads share: statics, globals, the fields of objects",
    "UG3": "critical sections, mutexes, attaching and detaching",
    "UG4": "reference counts, atomics, what CPython keeps for itself",
    "UG5": "allocators, the garbage collector, libc, buffers",
    "UG6": "Cython",
    "UG65": "Python code: state that threads share",
    "UG66": "Python code: locks, and what waits for them",
    "UG67": "Python code: what is made for one thread, or made once",
    "UG68": "Python code: what belongs to the whole process, and queues",
    "UG7": "modules of C++ binding libraries",
    "UG74": "SWIG, cffi, PyO3: what is not read here, and what reads it",
    "UG75": "build and packaging files",
    "UG76": "wheels, as they are built and shipped",
    "UG77": "the interpreter that tests run on",
    "UG78": "tests in threads, and the thread sanitizer",
    "UG8": "wheels: tag, binary and behaviour",
    "UG85": "dependencies: what there is of them for a free-threaded build",
    "UG9": "seen at run time, by the hammer (UG90) and in the project's own tests (UG91)",
}
"""The beginnings of codes; the longest that fits counts."""

_WRITTEN = "<!-- Written by `make docs` from {}: change that instead. -->"


def group_of(rule: Description) -> str:
    """The beginning of the rule's code that names its group."""
    return max((start for start in GROUPS if rule.code.startswith(start)), key=len)


def rules_page() -> str:
    """Every rule, with code, name, level and what it finds."""
    every = every_rule()
    parts = [_WRITTEN.format("the rule files"), "# Rules", _INTRODUCTION.format(number=len(every))]
    for start, subject in GROUPS.items():
        rows = [_row(rule) for rule in every if group_of(rule) == start]
        heading = f"## {start}: {subject}"
        parts.append(f"{heading}\n\n| code | rule | level | what it finds |\n|---|---|---|---|\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
{number} rules. `ungil explain RULE` prints a rule's page: what it finds, why that is unsafe, how to fix it, unsafe and
repaired code. `make docs` writes all pages to `build/docs/rules`.

An error is certain, a warning likely; a note is worth a look, and is shown with `--level note`. A finding may be less
serious than its rule, never more."""


def _row(rule: Description) -> str:
    return f"| {rule.code} | `{rule.slug}` | {rule.severity} | {page.summary(rule)} |"


def hazards_page() -> str:
    """Every hazard of hazards.toml, with the rules that see it."""
    hazards: Mapping[str, Mapping[str, Any]] = tomllib.loads((DOCS / "hazards.toml").read_text(encoding="utf-8"))
    slugs = {rule.code: rule.slug for rule in every_rule()}
    rows = [_hazard(name, hazard, slugs) for name, hazard in hazards.items()]
    seen = sum("rules" in hazard for hazard in hazards.values())
    unseen = len(hazards) - seen
    head = (
        f"{len(hazards)} hazards of C (A), C++ (B), nanobind (C), pybind11 (D), Cython (E), PyO3 (F), SWIG (G), cffi "
        "and ctypes (H), f2py (I), builds, packaging and CI (J) and Python (K). "
        f"Rules see {seen}, some in part; {unseen} no rule sees."
    )
    table = "| | hazard | rules | what stays unseen, and why |\n|---|---|---|---|\n" + "\n".join(rows)
    return "\n\n".join([_WRITTEN.format("hazards.toml"), "# What goes wrong without the GIL", head, table]) + "\n"


def _hazard(name: str, hazard: Mapping[str, Any], slugs: Mapping[str, str]) -> str:
    rules = "<br>".join(f"{code} `{slugs[code]}`" for code in hazard.get("rules", ()))
    return f"| {name} | {hazard['what']} | {rules} | {hazard.get('limit', '')} |"


def groups_table() -> str:
    """How many rules there are, and about what."""
    numbers = Counter(group_of(rule) for rule in every_rule())
    rows = [f"| {start} | {numbers[start]} | {subject} |" for start, subject in GROUPS.items()]
    head = f"{numbers.total()} rules: [all of them](docs/rules.md), or `ungil rules`."
    return "\n".join([head, "", "| codes | rules | about |", "|---|---|---|", *rows])


def settings_table() -> str:
    """The keys of ``[tool.ungil]``, from the fields' own documentation."""
    tree = ast.parse(Path(model.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    said = {
        field.target.id: " ".join(str(text.value.value).replace("``", "`").split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }
    plain = dataclasses.asdict(Settings())
    rows = [f"| `{name.replace('_', '-')}` | `{json.dumps(plain[name])}` | {said[name]} |" for name in plain]
    return "\n".join(["| key | unless given | what it says |", "|---|---|---|", *rows])


def fixers_table() -> str:
    """Every fixer: the rules whose findings it repairs, whether it needs a look, what it does."""
    rows = [
        f"| `{fixer.slug}` | {' '.join(sorted(fixer.codes))} | {'look' if fixer.check else 'safe'} | {fixer.summary} |"
        for fixer in fixers()
    ]
    head = (
        f"{len(rows)} fixers. *Look*: with `--unsafe-fixes` alone. A safe one may make single repairs that need a look."
    )
    return "\n".join([head, "", "| fixer | rules | | what it does |", "|---|---|---|---|", *rows])


_MARKED: dict[str, tuple[str, Callable[[], str]]] = {
    "README.md": ("rules", groups_table),
    "docs/audit.md": ("settings", settings_table),
    "docs/fix.md": ("fixers", fixers_table),
}
"""Files of which a part is written, between ``<!-- NAME -->`` and ``<!-- end of NAME -->``."""

_VALIDATOR = re.compile(r"(?<=`make docs` from template/hooks/pre_gen_project\.py:\n)  validator: .*\n(?:    .*\n)*")


def with_validators(text: str) -> str:
    """The text of copier.yml, its questions in the same order with the rules of cookiecutter's hook."""
    hook = runpy.run_path(str(ROOT / "template" / "hooks" / "pre_gen_project.py"))
    validators = iter([_validator(question, rules) for question, rules in hook["RULES"].items()])
    return _VALIDATOR.sub(lambda _: next(validators), text)


def _validator(question: str, rules: Sequence[tuple[str, str]]) -> str:
    """What copier renders to nothing, or to what is right. Jinja reads a string as JSON does."""
    strings = [(json.dumps(rf"\A(?:{pattern})\Z", ensure_ascii=False), right) for pattern, right in rules]
    tests = [f"if not {question} | regex_search({string}) %}}{right}" for string, right in strings]
    return "  validator: |-\n    {% " + "\n    {% el".join(tests) + "\n    {% endif %}\n"


def _with_part(text: str, name: str, part: str) -> str:
    between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    done, number = between.subn(lambda match: f"{match[1]}\n{part}\n\n{match[2]}", text)
    if number != 1:
        raise ValueError(f"the marks of '{name}' stand there {number} times")
    return done


def derived() -> dict[str, str]:
    """Every file that is written, by its path in the repository, and what belongs there."""
    parts = {
        path: _with_part((ROOT / path).read_text(encoding="utf-8"), name, write())
        for path, (name, write) in _MARKED.items()
    }
    parts["copier.yml"] = with_validators((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return {"docs/rules.md": rules_page(), "docs/hazards.md": hazards_page()} | parts


def main(arguments: Sequence[str]) -> int:
    """Writes the files, or says which are out of date."""
    stale = []
    for path, text in derived().items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(path)
            if "--check" not in arguments:
                file.write_text(text, encoding="utf-8")
    checks = "--check" in arguments
    if stale:
        print(f"{'Out of date' if checks else 'Written'}: {', '.join(stale)}")
    if stale and checks:
        print("Run 'make docs' to write them anew.")
    return int(checks and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
