"""A function that makes a module becomes one that fills it: what a ``Py_mod_exec`` slot runs."""

from __future__ import annotations

import re

from ungil.fixer import Site, Undecided
from ungil.rewrite.modules.creation import Creation, macro_that_returns, pointer_to_object
from ungil.rewrite.pen import Pen
from ungil.rewrite.trim import Lines, comment_above, delete_lines, lines_of
from ungil.syntax.flow import always_leaves
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

__all__ = ["ExecFunction"]

_NULL = {"NULL", "0", "nullptr"}
_DROPS = {"Py_DECREF", "Py_XDECREF"}
_SETS_STANCE = "PyUnstable_Module_SetGIL"
# Macros of NumPy that return NULL, and those that return something else.
_IMPORTS = {"import_array": "import_array1", "import_umath": "import_umath1", "import_ufunc": "import_umath1"}
_OWNS = {"Py_CLEAR", "Py_INCREF", "Py_NewRef", "Py_SETREF", "Py_XINCREF", "Py_XNewRef", "Py_XSETREF"}


class ExecFunction:
    """What one function becomes.

    Attributes:
        variable: the module, which is the parameter from then on.
        stance: what the module declares by a call, which the slot says from then on; empty where it makes none.
    """

    def __init__(self, site: Site, pen: Pen, made: Creation) -> None:
        self.site = site
        self.pen = pen
        self.words = pen.words
        self.text = pen.text
        self.body = site.function.body
        self.made = made
        self.variable = made.variable or "m"
        self.stance = ""
        self._gone: list[Range] = []  # words that nothing has to be written about
        self._lines: list[Lines] = []

    def read(self) -> None:
        """Finds what goes, and what would need a decision.

        Raises:
            Undecided: something does.
        """
        self._refuse_alternatives()
        self._take_creation()
        if self.made.variable:
            self._take_declaration()
        for call in self.site.function.facts.calls:
            if call.name == _SETS_STANCE and len(call.arguments) > 1:
                self._take_stance(self._word(call.span.line, call.span.column), call.arguments[1].text)

    @property
    def is_empty(self) -> bool:
        """Nothing is left in it but to return the module."""
        inside = self.words.inside(self.body.words.first)
        left = [self.words[at].text for at in range(*inside) if not self.is_gone(at)]
        return left in ([], ["return", self.variable, ";"])

    def write_nothing(self, definition: str) -> None:
        """It has nothing to fill the module with, and returns the definition."""
        self.pen.replace(self.body.parts[-1].head, f"return PyModuleDef_Init(&{definition})")
        delete_lines(self.pen, self._lines)

    def write(self, name: str) -> None:
        """Writes the function under a name.

        Raises:
            Undecided: a use of the module is not understood.
        """
        head, named = self.site.function.head, self.site.function.name_word
        self.pen.replace(Range(head.first, named), "static int")
        closing = self.words[named + 1].partner
        self.pen.replace(Range(named, closing + 1), f"{name}({pointer_to_object(self.text)}{self.variable})")
        if not self.made.variable:
            self.pen.replace(self.made.statement.head, "return 0")
        for statement in self.body.within():
            if not self.is_gone(statement.words.first):
                self._write_statement(statement)
        for at in self.words.uses(self.body.words, self.variable):
            if not self.is_gone(at) and not self._is_argument(at):
                raise Undecided(
                    f"'{self.variable}' is tested, set or counted, not only given to calls: see whether that holds"
                )
        delete_lines(self.pen, self._lines)

    def delete(self, some: Range, start: int | None = None, end: int | None = None) -> None:
        """Takes words away, with the lines that they have to themselves.

        Raises:
            Undecided: other code stands in those.
        """
        first = self.words.start(some) if start is None else start
        lines = lines_of(self.text, first, self.words.end(some) if end is None else end)
        if lines is None:
            raise Undecided("other code stands in the line of a statement that goes: give each its own")
        self._lines.append(lines)
        self._gone.append(some)

    def is_gone(self, at: int) -> bool:
        """A word is taken away, or nothing has to be written about it."""
        return any(some.first <= at < some.last for some in self._gone)

    def _word(self, line: int, column: int) -> int:
        return self.words.at(self.text.offset(line, column))

    def _refuse_alternatives(self) -> None:
        function, file = self.site.function, self.site.unit.file
        first, last = self.words.start(function.head), self.words.end(self.body.words)
        for span in [*file.excluded, *file.unread]:
            if first <= self.text.offset(span.line, span.column) < last:
                raise Undecided(
                    "part of the function is for older versions or other builds only, and would have to change as well"
                )
        call = self.site.call_at(self.made.call)
        if call is None or call.conditions != function.facts.conditions:
            raise Undecided("the module is made under a preprocessor condition: leave one way first")
        if not self.words.is_whole(Range(function.head.first, self.body.words.first + 1)):
            raise Undecided("preprocessor directives stand inside the head of the function: move them out of it")

    def _take_creation(self) -> None:
        made = self.made
        if not made.variable:
            self._gone.append(made.statement.words)
            return
        if made.check is not None and len(self.words.split(made.check.head, "||")) > 1:
            raise Undecided("the module is tested together with something else: test it alone first")
        self.delete(made.statement.words)
        if made.check is not None and made.check is not made.statement:
            self.delete(made.check.words)
        for one in (made.check or made.statement).within():
            if one.kind == "goto":
                self._take_label(self.words[one.words.first + 1].text)
        above = comment_above(self.text, self.words.start(made.statement.words))
        if above is not None and re.search(r"(?i)\b(?:creat|mak)\w*\b.*\bmodule", self.text.all[slice(*above)]):
            self._lines.append(above)

    def _take_label(self, name: str) -> None:
        """A label to which nothing else leads goes, where control comes along there anyway."""
        jumps = [one for one in self.body.within() if one.kind == "goto" and not self.is_gone(one.words.first)]
        if any(self.words[one.words.first + 1].text == name for one in jumps):
            return
        label = next(one for one in self.body.within() if one.kind == "label" and self._text(one) == name)
        before = label.siblings[: label.siblings.index(label)]
        if not before or always_leaves(before[-1], self.words):
            raise Undecided(f"nothing else would lead to the label '{name}' any more: leave by 'return' there first")
        self.delete(label.words)

    def _text(self, statement: Statement) -> str:
        return self.words[statement.words.first].text

    def _take_declaration(self) -> None:
        """The variable becomes the parameter."""
        local = self.site.function.local(self.variable)
        if local is None or local.is_static or local.type != "PyObject *":
            raise Undecided(f"'{self.variable}' is more than a local variable, and would not keep the module alive")
        if self.is_gone(local.word):
            if not local.is_alone:
                raise Undecided(f"'{self.variable}' is declared together with others: give it a line of its own")
        elif local.is_alone:
            self.delete(local.statement.words)
        else:
            self._strike(local.statement, local.word)

    def _strike(self, statement: Statement, word: int) -> None:
        """Takes one variable out of a declaration of several."""
        parts = self.words.split(statement.head)
        index = next(index for index, part in enumerate(parts) if part.first <= word < part.last)
        if index:
            gone = Range(parts[index].first - 1, parts[index].last)
            start, end = self.words[gone.first - 1].end, self.words.end(gone)
        else:
            first = word
            while self.words[first - 1].text == "*":
                first -= 1
            gone = Range(first, parts[1].first)
            start, end = self.words.start(gone), self.words[parts[1].first].start
        if not self.words.is_whole(statement.words):
            raise Undecided("preprocessor directives stand inside a declaration: move them out of it")
        self._gone.append(gone)
        self.pen.delete_stretch(start, end)

    def _take_stance(self, word: int, value: str) -> None:
        """The call that declares, with its directives: a slot says the same."""
        statement = next(one for one in self.body.parts if one.words.first <= word < one.words.last)
        if not value.startswith("Py_MOD_GIL_") or not self._only_sets_stance(statement):
            raise Undecided("the call that declares the module's stance is part of something else: let it stand alone")
        self.stance = value
        start, end = self.words.start(statement.words), self.words.end(statement.words)
        before = re.search(r"[ \t]*#[^\n]*\bPy_GIL_DISABLED\b[^\n]*\n\s*\Z", self.text.all[:start])
        behind = re.compile(r"\s*#[ \t]*endif\b[^\n]*").match(self.text.all, end)
        if before is not None and behind is not None:
            self.delete(statement.words, before.start(), behind.end() - behind[0].endswith("\r"))
        elif self.words.is_whole(Range(statement.words.first - 1, statement.words.last + 1)):
            self.delete(statement.words)
        else:
            raise Undecided("preprocessor directives stand around the call that declares the module's stance")

    def _only_sets_stance(self, statement: Statement) -> bool:
        """``PyUnstable_Module_SetGIL(...);``, also behind a test whether there is a module."""
        texts = [self.words[at].text for at in range(*statement.head)]
        if statement.kind == "plain":
            return texts[0] == _SETS_STANCE or texts[:4] == ["(", "void", ")", _SETS_STANCE]
        is_test = statement.kind == "if" and texts in ([self.variable], [self.variable, "!=", "NULL"])
        inner = statement.parts[0].parts if statement.parts and statement.parts[0].kind == "block" else statement.parts
        return is_test and len(inner) == 1 and self._only_sets_stance(inner[0])

    def _write_statement(self, statement: Statement) -> None:
        if statement.kind == "return":
            self._write_return(statement)
        elif statement.kind == "plain":
            names = macro_that_returns(self.site, statement)
            if names is not None:
                if names[0] != "return" or len(names) != 2 or names[1] not in _NULL:  # noqa: PLR2004
                    raise Undecided("a macro leaves the function with what cannot be seen here: write it out first")
                self.pen.replace(statement.head, "return -1")
            else:
                self._write_plain(statement)

    def _write_return(self, statement: Statement) -> None:
        value = [self.words[at].text for at in range(statement.head.first + 1, statement.head.last)]
        if value == [self.variable] and self.made.variable:
            self.pen.replace_word(statement.head.first + 1, "0")
            self._gone.append(statement.head)
        elif len(value) == 1 and value[0] in _NULL:
            self.pen.replace_word(statement.head.first + 1, "-1")
        else:
            raise Undecided("the function returns more than the module or NULL: let it return one of them")

    def _write_plain(self, statement: Statement) -> None:
        texts = [self.words[at].text for at in range(*statement.head)]
        if texts[:1] and texts[0] in _DROPS and texts[1:] == ["(", self.variable, ")"]:
            if statement.is_bare:
                raise Undecided(f"'{self.variable}' is given up on a condition: exec functions do not own the module")
            self.delete(statement.words)
        elif texts[1:] == ["(", ")"] and texts[0] in _IMPORTS:
            self.pen.replace(statement.head, f"{_IMPORTS[texts[0]]}(-1)")
        else:
            self._refuse_macros(texts)

    def _refuse_macros(self, texts: list[str]) -> None:
        """A macro that may leave the function would do so with the wrong value."""
        files = self.site.facts.files
        bodies = {one: body for one in texts for file in files if (body := file.macro(one)) is not None}
        for name, body in bodies.items():
            if {"return", "goto"} & set(body) or any(one.startswith("Py_RETURN_") for one in body):
                raise Undecided(f"the macro '{name}' leaves the function: write it out first")
        is_call = len(texts) == 1 or (len(texts) > 1 and texts[1] == "(")
        is_macro = texts[:1] and (texts[0].isupper() or texts[0].startswith("import_")) and texts[0] not in bodies
        if is_call and is_macro and not self.site.function.facts.resolve(texts[0]):
            raise Undecided(f"whether '{texts[0]}' is a macro that leaves the function cannot be seen here")

    def _is_argument(self, at: int) -> bool:
        if self.words[at - 1].text not in {"(", ",", ")"} or self.words[at + 1].text not in {",", ")"}:
            return False
        around = [
            call
            for call in self.site.function.facts.calls
            if (name := self._word(call.span.line, call.span.column)) + 1 < at < self.words[name + 1].partner
        ]
        return bool(around) and not any(call.name in _OWNS for call in around)
