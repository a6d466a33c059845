"""What build files say to the programs that write bindings: nanobind's CMake function, f2py and SWIG.

CMake is read as commands, Python and Meson as lists and calls; what a variable holds is known where the file sets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from ungil.facts.build.located import Text
from ungil.facts.build.text import Argument, Command, Group, commands, groups, without_comments
from ungil.facts.cython.model import CythonFile, Place
from ungil.source import Source

__all__ = ["BuildFacts", "Generator", "Option", "Tool", "is_shipped", "read"]

_WORD = re.compile(r"[a-z]+")
_NOT_SHIPPED = {"test", "tests", "testing", "example", "examples", "bench", "benchmark", "benchmarks", "demo", "demos"}
_NOT_SHIPPED |= {"doc", "docs", "tutorial", "tutorials"}

type Tool = Literal["nanobind", "f2py", "SWIG"]


@dataclass(frozen=True, slots=True)
class Option:
    """Where one more option can stand.

    Attributes:
        offset: in the file's bytes.
        form: how it is written there, ``{}`` standing for it.
    """

    offset: int
    form: str


@dataclass(frozen=True, slots=True)
class Generator:
    """A place where the build makes a module of what one of the tools writes.

    Attributes:
        tool: that writes it.
        file, place: where it is called.
        module: what the build calls the result; empty where it does not say.
        is_declared: the option that declares is passed, or may be: the build names it elsewhere.
        is_shipped: False below folders of tests, examples, benchmarks and documentation.
        option: where it can be passed; None where that cannot be seen.
    """

    tool: Tool
    file: CythonFile
    place: Place
    module: str
    is_declared: bool
    is_shipped: bool
    option: Option | None


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What is known of the build.

    Attributes:
        generators: in the order of the files and of their text.
    """

    generators: tuple[Generator, ...] = field(default=())


def is_shipped(path: str) -> bool:
    """A file does not lie below a folder of tests, examples, benchmarks or documentation."""
    return not set(_WORD.findall(PurePosixPath(path).parent.as_posix().lower())) & _NOT_SHIPPED


def read(build_files: Iterable[Source]) -> BuildFacts:
    """Reads the files that build a project."""
    texts = [Text(source) for source in build_files]
    said = "\n".join(without_comments(text.all) for text in texts)
    variables = _variables(text.all for text in texts if text.path.endswith("CMakeLists.txt"))
    found = [one for text in texts for one in _Reader(text, said, variables).all()]
    elsewhere = {
        tool: len(says.findall(said)) - sum(count for one, count in found if one.tool == tool)
        for tool, says in _DECLARES.items()
    }
    return BuildFacts(
        tuple(replace(one, is_declared=count > 0 or elsewhere.get(one.tool, 0) > 0) for one, count in found)
    )


def _variables(texts: Iterable[str]) -> dict[str, bool]:
    """The variables that CMake sets, and whether ``FREE_THREADED`` may be in them."""
    found: dict[str, bool] = {}
    for command in (one for text in texts for one in commands(text)):
        index = {"set": 0, "option": 0, "list": 1, "file": 1}.get(command.name)
        if index is not None and len(command.arguments) > index:
            name = command.arguments[index].text
            found[name] = found.get(name, False) or any("FREE_THREADED" in one.text for one in command.arguments)
    return found


# What declares: the options of the tools, and what the option of SWIG becomes.
_DECLARES: dict[Tool, re.Pattern[str]] = {
    "f2py": re.compile(r"freethreading-compatible"),
    "SWIG": re.compile(r"-nogil\b|SWIGPYTHON_NOGIL"),
}
_FORTRAN = re.compile(r"-[cm]|@INPUT\d*@|.*\.(?:pyf|f|for|f90|f95|f03|f08)(?:\.src)?", re.IGNORECASE)
_F2PY = re.compile(r"(?:.*[/.])?f2py\d*(?:\.exe)?|\$\{\w*f2py\w*\}", re.IGNORECASE)
_SWIG = re.compile(r"(?:.*/)?swig[\d.]*(?:\.exe)?|\$\{\w*swig\w*\}|\w*swig\w*", re.IGNORECASE)
_F2PY_LINE = re.compile(r"(?:\S*python\S*\s+-m\s+numpy\.|\S*/)?f2py\d*(?=\s)")
_SWIG_LINE = re.compile(r"\S*\bswig[\d.]*\s(?:.*?\s)?-python3?(?=\s)")
_NANOBIND_SOURCES = re.compile(r"^(?!\s*#).*?(\bnanobind\.source_dir\b|\bnb_combined\.cpp\b)", re.MULTILINE)
_RUNS = {"system", "run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput", "popen"}
_KEYWORDS = {"COMMAND", "DEPENDS", "OUTPUT", "BYPRODUCTS", "WORKING_DIRECTORY", "COMMENT", "VERBATIM", "ARGS"}


class _Reader:
    """One file of the build."""

    def __init__(self, located: Text, said: str, variables: dict[str, bool]) -> None:
        self.located = located
        self.text = located.all
        self.said = said
        self.variables = variables

    def all(self) -> Iterator[tuple[Generator, int]]:
        """Each generator, and how often it is told to declare."""
        name = PurePosixPath(self.located.path).name
        if name == "CMakeLists.txt":
            for command in commands(self.text):
                yield from self._cmake(command)
        elif name.endswith((".py", "meson.build")):
            yield from self._nanobind_by_hand()
            for group in (found := groups(self.text)):
                yield from self._script(group, found)

    def _made(
        self, tool: Tool, where: tuple[int, int], whole: Command | Group, option: Option | None, module: str = ""
    ) -> tuple[Generator, int]:
        spot = self.located.spot(*where)
        words = without_comments(self.text[whole.start : whole.end])
        count = len(_DECLARES[tool].findall(words)) if tool in _DECLARES else 0
        shipped = is_shipped(self.located.path)
        made = Generator(tool, spot.file, spot.place, module, is_declared=count > 0, is_shipped=shipped, option=option)
        return made, count

    def _cmake(self, command: Command) -> Iterator[tuple[Generator, int]]:
        arguments = command.arguments
        span = (command.start, command.start + len(command.name))
        if command.name == "nanobind_add_module" and arguments:
            made, _ = self._made("nanobind", span, command, self._below(arguments[0]), arguments[0].text)
            yield made, int(self._may_declare(arguments[1:]))
        for_python = any((one.value or "").lower() == "python" for one in arguments[1:])
        if command.name in {"swig_add_library", "swig_add_module"} and for_python:
            yield self._made("SWIG", span, command, self._behind(command), arguments[0].text)
        for index, one in enumerate(arguments):
            rest = self._until_keyword(arguments[index + 1 :])
            if self._is_f2py(one, rest) and (index == 0 or arguments[index - 1].text in {"COMMAND", "-m"}):
                yield self._made("f2py", (one.start, one.end), command, Option(one.end, " {}"))
            python = next((other for other in rest if other.text in {"-python", "-python3"}), None)
            if python is not None and _SWIG.fullmatch(one.text) is not None:
                yield self._made("SWIG", (one.start, one.end), command, Option(python.end, " {}"))

    def _nanobind_by_hand(self) -> Iterator[tuple[Generator, int]]:
        """Nanobind's own sources, compiled without its CMake functions: a macro declares, which the build defines."""
        found = _NANOBIND_SOURCES.search(self.text) if "NB_FREE_THREADED" not in self.said else None
        if found is not None:
            whole = Command("", found.start(1), found.end(1), ())
            yield self._made("nanobind", found.span(1), whole, None)

    def _below(self, argument: Argument) -> Option:
        """Behind an argument; in a line of its own where that has one."""
        indent = self.text[self.text.rfind("\n", 0, argument.start) + 1 : argument.start]
        ends_line = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n").match(self.text, argument.end)
        if indent.strip() or ends_line is None:
            return Option(argument.end, " {}")
        return Option(ends_line.end(), f"{indent}{{}}\n")

    def _behind(self, command: Command) -> Option | None:
        """A target of UseSWIG has a property for options, under its own name since CMake 3.13 (CMP0078)."""
        least = re.search(r"(?i)cmake_minimum_required\s*\(\s*VERSION\s+(\d+)\.(\d+)", self.said)
        if least is None or (int(least[1]), int(least[2])) < (3, 13):
            return None
        indent = re.match(r"[ \t]*", self.text[self.text.rfind("\n", 0, command.start) + 1 : command.start])
        blanks = indent[0] if indent is not None else ""
        name = command.arguments[0].text
        return Option(command.end, f"\n{blanks}set_property(TARGET {name} APPEND PROPERTY SWIG_COMPILE_OPTIONS {{}})")

    def _may_declare(self, arguments: Iterable[Argument]) -> bool:
        """``FREE_THREADED`` is passed, or a variable that may hold it."""
        if "NB_FREE_THREADED" in self.said:
            return True
        for one in arguments:
            if one.text.strip('"') == "FREE_THREADED" or ("$<" in one.text and "FREE_THREADED" in one.text):
                return True
            for name in re.findall(r"\$\{(\w+)\}", one.text):
                if self._variable_may_declare(name):
                    return True
        return False

    def _variable_may_declare(self, name: str) -> bool:
        if name in self.variables:
            return self.variables[name]
        return re.search(r"(?i)source|src|file|dir|path|cpp|header", name) is None

    def _is_f2py(self, tool: Argument, rest: list[Argument]) -> bool:
        name = tool.value if tool.value is not None else tool.text
        if _F2PY.fullmatch(name) is None or any((one.value or "").startswith(("-h", "--help")) for one in rest):
            return False
        return any(_FORTRAN.fullmatch(one.value or "") is not None for one in rest)

    def _until_keyword(self, arguments: tuple[Argument, ...]) -> list[Argument]:
        """The words of one command line."""
        end = next((index for index, one in enumerate(arguments) if one.text in _KEYWORDS), len(arguments))
        return list(arguments[:end])

    def _script(self, group: Group, found: list[Group]) -> Iterator[tuple[Generator, int]]:
        if group.name.rpartition(".")[2] == "Extension":
            yield from self._extension(group, found)
        if group.name.rpartition(".")[2] in _RUNS:
            yield from self._lines(group)
        for index, one in enumerate(group.elements):
            rest = group.elements[index + 1 :]
            if self._is_f2py(one, rest) and (one.value is not None or index == 0):
                yield self._made("f2py", (one.start, one.end), group, self._beside(one, group))
                return
        python = next((one for one in group.elements if one.value in {"-python", "-python3"}), None)
        around = [*group.elements, *(group.parent.elements[:1] if group.parent is not None else [])]
        tool = next((one for one in around if _SWIG.fullmatch(one.value or one.text) is not None), None)
        if python is not None and tool is not None:
            yield self._made("SWIG", (tool.start, tool.end), group, self._beside(python, group))

    def _beside(self, element: Argument, group: Group) -> Option:
        """Behind an element of a list, in quotes like others; in a line of its own where the element has one."""
        quotes = (found[0] for one in [element, *group.elements] if (found := re.search("[\"']", one.text)) is not None)
        quote = next(quotes, "'")
        indent = self.text[self.text.rfind("\n", 0, element.start) + 1 : element.start]
        ends_line = re.compile(r"(,?)[ \t]*(?:#[^\n]*)?\r?\n").match(self.text, element.end)
        if indent.strip() or ends_line is None:
            return Option(element.end, f", {quote}{{}}{quote}")
        if ends_line[1]:
            return Option(ends_line.end(), f"{indent}{quote}{{}}{quote},\n")
        return Option(element.end, f",\n{indent}{quote}{{}}{quote}")

    def _lines(self, group: Group) -> Iterator[tuple[Generator, int]]:
        """A command line in one string."""
        for one in group.elements[:1]:
            value = one.value or ""
            start = one.start + one.text.find(value)
            f2py, swig = _F2PY_LINE.match(value), _SWIG_LINE.match(value)
            if f2py is not None and any(_FORTRAN.fullmatch(word) for word in value[f2py.end() :].split()):
                yield self._made("f2py", (one.start, one.end), group, Option(start + f2py.end(), " {}"))
            elif swig is not None:
                yield self._made("SWIG", (one.start, one.end), group, Option(start + swig.end(), " {}"))

    def _extension(self, group: Group, found: list[Group]) -> Iterator[tuple[Generator, int]]:
        """``Extension("_spam", ["spam.i"], swig_opts=[...])`` of setuptools, which calls SWIG with ``-python``."""
        lists = [one for one in found if one.parent is group and one.bracket == "["]
        sources = next((one for one in lists if any((e.value or "").endswith(".i") for e in one.elements)), None)
        if sources is None:
            return
        options = next((one for one in lists if one.key == "swig_opts"), None)
        given = [one.text for one in group.elements]
        option = None
        if options is not None and options.elements:
            option = self._beside(options.elements[-1], options)
        elif options is not None:
            option = Option(options.end - 1, "'{}'")
        elif not any(one.startswith(("swig_opts", "*")) for one in given):
            beside = self._beside(group.elements[-1], sources)
            option = Option(beside.offset, re.sub(r"(.)\{\}\1", r"swig_opts=[\1{}\1]", beside.form))
        name = re.match(r"(?:name\s*=\s*)?[\"']([\w.]+)[\"']$", given[0])
        where = (group.start - len(group.name), group.start)
        yield self._made("SWIG", where, group, option, name[1] if name is not None else "")
