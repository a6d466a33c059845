"""What pyproject.toml, setup.cfg, setup.py, CMake, Meson and Cargo files say of free-threaded builds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from ungil.facts.build.located import Text
from ungil.facts.build.read import is_shipped
from ungil.facts.build.text import commands
from ungil.facts.packaging import requirements, setup_script
from ungil.facts.packaging.model import BuildCode, Classifier, Dependency, PackagingFacts, Seen
from ungil.facts.packaging.toml_text import Toml, TomlError, strings, table_of
from ungil.source import Source

__all__ = ["is_own", "read"]

_CLASSIFIER = re.compile(r"Programming Language :: Python :: Free Threading(?: :: (\d) - \w+)?")
_OTHERS = re.compile(
    r"third[-_]?part(?:y|ies)|3rd[-_]?party|_?vendor(?:ed|s)?|vendored[-_].+|externals?|extern|deps|subprojects|bundled",
    re.IGNORECASE,
)
_FETCHED = re.compile(r"(?i)\b(pybind11|nanobind)\b[^()]*?\bGIT_TAG\s+\"?v?(\d+(?:\.\d+)+)")
_OLD_ABI3T = re.compile(r"\bcp31[0-4]t\b|\babi3t-py31[0-4]\b")


def read(build_files: Iterable[Source]) -> PackagingFacts:
    """Reads the files that build a project; those of tests and examples say nothing of it."""
    code, unread = list[BuildCode](), list[tuple[str, str]]()
    outdated, crates = list[Dependency](), list[Dependency]()
    classifiers = list[tuple[int, Classifier]]()
    sources = list(build_files)
    is_off = any(b"allow_limited_api=false" in one.data for one in sources if one.path.endswith("meson.build"))
    for source in sources:
        name = PurePosixPath(source.path).name
        if not is_own(source.path):
            continue
        text = Text(source)
        if (found := _classifier(text, name)) is not None:
            classifiers.append((source.path.count("/"), found))
        try:
            code += _code(text, name, meson_limits=not is_off)
            outdated += _outdated(text, name)
            crates += _outdated_crates(text, name)
        except (TomlError, setup_script.PythonError) as error:
            what = "TOML" if isinstance(error, TomlError) else "Python"
            unread.append((source.path, f"{what} that was not understood: {error}"))
    first = min(classifiers, key=lambda one: one[0], default=None)
    classifier = first[1] if first is not None else None
    return PackagingFacts(tuple(code), tuple(outdated), tuple(crates), classifier, tuple(unread))


def is_own(path: str) -> bool:
    """A file that is no test, example or documentation, and no other project's, by the names of its folders."""
    return is_shipped(path) and not any(_OTHERS.fullmatch(part) for part in path.split("/")[:-1])


def _classifier(text: Text, name: str) -> Classifier | None:
    if name not in {"pyproject.toml", "setup.cfg", "setup.py"}:
        return None
    found = _CLASSIFIER.search(text.plain)
    if found is None:
        return None
    return Classifier(text.spot(found.start(), found.end()), found[0], int(found[1] or 0))


def _code(text: Text, name: str, *, meson_limits: bool) -> Iterator[BuildCode]:
    if name == "pyproject.toml":
        yield from _pyproject(text, meson_limits=meson_limits)
    elif name == "setup.cfg":
        found = re.search(r"(?m)^\s*py[-_]limited[-_]api\s*=\s*(\S+)", text.plain)
        if found is not None:
            yield BuildCode(Seen.LIMITED_API, text.spot(found.start(), found.end()), found[0].strip())
    elif name == "CMakeLists.txt":
        yield from _cmake(text)
    elif name == "Cargo.toml":
        yield from _cargo(text)
    elif name.endswith(".py"):
        found = re.search(r"\bcffi_modules\s*=\s*[\[(]", text.plain) if name == "setup.py" else None
        if found is not None:
            yield BuildCode(Seen.CFFI, text.spot(found.start(), found.end()), "cffi_modules")
        if setup_script.concerns(text.all):
            yield from setup_script.read(text)
    for found in re.finditer(r"(?<![\w-])-threads(?![\w-])", text.plain if "swig" in text.all.lower() else ""):
        yield BuildCode(Seen.SWIG_THREADS, text.spot(found.start(), found.end()), "-threads")


def _pyproject(text: Text, *, meson_limits: bool) -> Iterator[BuildCode]:
    if not re.search(r"limited[-_]api|py-api", text.all):
        return
    toml = Toml(text)
    asked = toml.table("tool", "distutils", "bdist_wheel")
    for key in ("py-limited-api", "py_limited_api"):
        if key in asked:
            spot = toml.spot("tool", "distutils", "bdist_wheel", key)
            yield BuildCode(Seen.LIMITED_API, spot, f"{key} = {asked[key]!r}")
    if meson_limits and toml.table("tool", "meson-python").get("limited-api") is True:
        spot = toml.spot("tool", "meson-python", "limited-api")
        yield BuildCode(Seen.LIMITED_API, spot, "limited-api = true")
    py_api = table_of(toml.table("tool", "scikit-build").get("wheel")).get("py-api")
    if isinstance(py_api, str) and (found := _OLD_ABI3T.search(py_api)) is not None:
        yield BuildCode(Seen.OLD_ABI3T, toml.spot("tool", "scikit-build", "wheel", "py-api"), found[0])


def _cmake(text: Text) -> Iterator[BuildCode]:
    if not re.search(r"PythonLibs|PythonInterp|GIL_DISABLED", text.all):
        return
    depth = 0
    for command in commands(text.all):
        words = [one.value or one.text for one in command.arguments]
        spot = text.spot(command.start, command.end)
        if command.name in {"if", "function", "macro"}:
            depth += 1
        elif command.name in {"endif", "endfunction", "endmacro"}:
            depth -= 1
        elif command.name == "find_package" and words and words[0] in {"PythonLibs", "PythonInterp"} and depth == 0:
            yield BuildCode(Seen.OLD_FIND_PYTHON, spot, f"find_package({words[0]})")
        elif command.name in {"add_definitions", "add_compile_definitions", "target_compile_definitions"}:
            defined = next((one for one in words if re.fullmatch(r"(?:-D)?Py_GIL_DISABLED(?:=\w+)?", one)), None)
            if defined is not None and depth == 0:
                yield BuildCode(Seen.DEFINED, spot, defined)


def _cargo(text: Text) -> Iterator[BuildCode]:
    found = re.search(r"(?m)^\s*(?:\[(?:\w+\.)*dependencies\.)?(pyo3)\b(?!-)", text.plain)
    if found is not None:
        yield BuildCode(Seen.PYO3, text.spot(found.start(1), found.end(1)), "pyo3")
    for old in _OLD_ABI3T.finditer(text.plain):
        yield BuildCode(Seen.OLD_ABI3T, text.spot(old.start(), old.end()), old[0])


def _outdated(text: Text, name: str) -> Iterator[Dependency]:
    if name == "pyproject.toml":
        toml = Toml(text)
        for path in (("build-system", "requires"), ("project", "dependencies")):
            for wanted in strings(toml.table(path[0]).get(path[1])):
                if (found := requirements.outdated(wanted)) is not None:
                    yield Dependency(toml.spot_in(wanted, *path), found[0], wanted, found[1], found[2])
    elif name == "CMakeLists.txt":
        for match in _FETCHED.finditer(text.plain):
            if (found := requirements.pinned(match[1].lower(), match[2])) is not None:
                yield Dependency(text.spot(match.start(2), match.end(2)), found[0], match[2], found[1], found[2])


def _outdated_crates(text: Text, name: str) -> Iterator[Dependency]:
    if name != "Cargo.toml" or "pyo3" not in text.all:
        return
    toml = Toml(text)
    for place in (("dependencies",), ("workspace", "dependencies")):
        for crate in ("pyo3", "pyo3-ffi"):
            wanted = toml.table(*place).get(crate)
            version = wanted if isinstance(wanted, str) else table_of(wanted).get("version")
            if isinstance(version, str) and (found := requirements.cargo(version)) is not None:
                yield Dependency(toml.spot(*place, crate), crate, version, *found)
