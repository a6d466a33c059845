"""What runs while a module is initialised, and a call that is put at its end."""

from __future__ import annotations

from ungil.facts.model import Initialisation, ModuleInit
from ungil.fixer import Site, Undecided
from ungil.rewrite.conditions import null_test
from ungil.rewrite.pen import Pen
from ungil.syntax.flow import always_leaves
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement

__all__ = ["Initialiser", "initialiser", "null"]

_BEFORE_CALLS = {"return", "else"}


def null(text: str) -> str:
    """``NULL``, or ``nullptr`` where the file has more of that."""
    return "nullptr" if text.count("nullptr") > text.count("NULL") else "NULL"


class Initialiser:
    """The last function that initialises the module of a file: what its last ``Py_mod_exec`` slot runs, or ``PyInit``.

    Attributes:
        function: as it stands.
        fails_with: what it returns then.
    """

    def __init__(self, function: WrittenFunction, fails_with: str) -> None:
        self.function = function
        self.fails_with = fails_with

    def call_at_end(self, pen: Pen, call: str, like: WrittenFunction) -> None:
        """Puts ``if (call < 0)`` before its last ``return``, with what has to be released.

        Args:
            pen: writes in the file.
            call: returns less than 0 if it fails.
            like: a function whose braces are to be followed where this one has no ``if``.

        Raises:
            Undecided: that ``return`` is not found.
        """
        body = self.function.body.parts
        label = next((at for at, one in enumerate(body) if one.kind == "label"), len(body))
        returns = [one for one in body[:label] if one.kind == "return"]
        if not returns or not pen.words.is_whole(self.function.body.words):
            raise Undecided(f"where '{self.function.name}()' ends is not clear: call '{call}' there by hand")
        last = returns[-1]
        result = pen.words[last.words.first + 1].text
        if self.fails_with == "-1" or pen.words[last.words.first + 2].text == "(":
            lines = self._if(pen, like, f"{call} < 0", f"return {self.fails_with};")
        else:
            self._is_plain(pen, last, result)
            is_checked = any(self._leaves_if_null(pen, one, result) for one in body)
            condition = f"{call} < 0" if is_checked else f"{result} == {self.fails_with} || {call} < 0"
            release = f"Py_{'' if is_checked else 'X'}DECREF({result});"
            lines = self._if(pen, like, condition, release, f"return {self.fails_with};")
        pen.before(last, *lines)

    def _is_plain(self, pen: Pen, last: Statement, result: str) -> None:
        """A variable holds the module and is returned, and no exception is waiting then."""
        words, body = pen.words, self.function.body.words
        local = self.function.local(result)
        owners = [at for at in words.uses(body, result) if words[at - 1].text == "(" and words[at - 3].kind == "name"]
        waiting = any(words[at].text == "PyErr_Occurred" for at in range(*body))
        alone = last.words.last - last.words.first == 3  # noqa: PLR2004 - return m;
        if local is None or waiting or not alone or any(words[at - 3].text not in _BEFORE_CALLS for at in owners):
            raise Undecided(f"what '{self.function.name}()' returns is not simply the module: call it there by hand")

    def _leaves_if_null(self, pen: Pen, statement: Statement, variable: str) -> bool:
        tested = statement.kind == "if" and null_test(pen.words.source(statement.head), variable) is True
        return tested and always_leaves(statement.parts[0], pen.words)

    def _if(self, pen: Pen, like: WrittenFunction, condition: str, *statements: str) -> list[str]:
        """The lines of an ``if``, with braces as the function has them."""
        words = pen.words
        every = (*self.function.body.within(), *like.body.within())
        sample = next((one for one in every if one.kind == "if"), None)
        braced = sample is not None and sample.parts[0].kind == "block"
        below = braced and sample is not None and pen.text.begins_line(words.start(sample.parts[0].words))
        inside = [f"{pen.text.unit}{one}" for one in statements]
        if len(statements) == 1 and not braced and sample is not None:
            return [f"if ({condition})", *inside]
        if below:
            return [f"if ({condition})", "{", *inside, "}"]
        return [f"if ({condition}) {{", *inside, "}"]


def initialiser(site: Site) -> Initialiser:
    """Of the one module that begins in the file of a finding.

    Raises:
        Undecided: none does, or it is not known what runs.
    """
    modules = [one for one in site.facts.modules if one.entry.file.path == site.path]
    if len(modules) != 1:
        raise Undecided("the module is initialised in another file: make it there, or guard test and store by one lock")
    name, fails_with = _name(site, modules[0]), "-1"
    if modules[0].initialisation is Initialisation.SINGLE_PHASE:
        fails_with = null(site.text)
    function = site.unit.function(name)
    if function is None:
        raise Undecided(
            "what initialises the module was not found in this file: make it there, or guard it by one lock"
        )
    return Initialiser(function, fails_with)


def _name(site: Site, module: ModuleInit) -> str:
    """Of the function that runs last."""
    init = module.entry.function
    if module.initialisation is Initialisation.MULTI_PHASE:
        slots = [entry for one in site.unit.file.variables for entry in one.entries if "Py_mod_exec" in entry]
        named = [word for entry in slots[-1:] for word in entry if word.isidentifier() and word != "Py_mod_exec"]
        return named[-1] if named else ""
    if module.initialisation is Initialisation.UNCLEAR or init is None:
        raise Undecided("a macro or a framework initialises the module: make it where that is done")
    return init.name
