"""The C and C++ front-end: text to facts, many files at once, detached from the interpreter.

Every object is an immutable view into one :class:`Project`, which it keeps alive; all may be used from any thread.
"""

from typing import Literal

class Span:
    """A stretch of source. Lines and columns count from 1, a column is a byte of its line; the end is exclusive."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def end_column(self) -> int: ...

class File:
    """One source file, as the compiler of a free-threaded build would see it: branches excluded there are left out."""

    @property
    def path(self) -> str: ...
    @property
    def lines(self) -> int: ...
    @property
    def functions(self) -> list[Function]: ...
    @property
    def variables(self) -> list[Variable]:
        """Variables with static storage: at file and class scope, and function statics."""
    @property
    def records(self) -> list[Record]:
        """Structs, unions and classes with a body, in the order in which they begin."""
    @property
    def tokens(self) -> int:
        """How many tokens were read."""
    @property
    def unread_tokens(self) -> int:
        """Tokens of preprocessor alternatives that were passed over: another was read in their place."""
    @property
    def excluded_tokens(self) -> int:
        """Tokens in branches that no free-threaded build compiles."""
    @property
    def unclear_braces(self) -> int:
        """Braces at file scope that were neither a function, a type nor an initializer."""
    def macro(self, name: str, /) -> list[str] | None:
        """The names in the body of a macro, or None if the file defines none of that name."""
    @property
    def unterminated(self) -> int:
        """Literals and comments that never end: a sign that this is not C or C++."""
    def calls_to(self, names: set[str], /) -> list[Call]:
        """Calls to functions or macros of these names, in source order."""
    def comments_with(self, words: set[str], /) -> list[Comment]:
        """Comments in which one of these words stands, in whatever case (of ASCII), in source order.

        All of the file's comments count, also those in branches that are not compiled; what looks like a comment
        inside a literal is none. A word may stand inside a longer one, and an empty one stands in every comment.
        """

class Comment:
    """A comment, from what opens it to what closes it."""

    @property
    def span(self) -> Span: ...
    @property
    def text(self) -> str:
        """All of it: ``/* like this */``."""

class Function:
    """A function with a body."""

    @property
    def key(self) -> tuple[int, int]:
        """Tells it from every other function of the project; two views of one function have the same."""
    @property
    def file(self) -> File: ...
    @property
    def name(self) -> str: ...
    @property
    def scope(self) -> str:
        """The class that it belongs to, or an empty string."""
    @property
    def span(self) -> Span:
        """Where its name stands."""
    @property
    def is_static(self) -> bool:
        """Internal linkage."""
    @property
    def only_initialises(self) -> bool:
        """It is reached from initialisers only, across all files, and no table or pointer leads to it."""
    @property
    def is_finaliser(self) -> bool:
        """A dealloc, clear, traverse, free or finalize slot."""
    @property
    def takes_keywords(self) -> bool:
        """Its third parameter is a dict of keyword arguments, made anew for each call."""
    @property
    def is_called_only(self) -> bool:
        """Nothing but calls leads to it: no table, no slot, no pointer."""
    @property
    def callers(self) -> list[Call]:
        """The calls to it, in all files of the project."""
    @property
    def calls(self) -> list[Call]: ...
    @property
    def returns(self) -> list[Value]:
        """What it returns, NULL apart: one value for each ``return`` that has an expression."""
    def resolve(self, name: str, /) -> list[Function]:
        """The functions that ``name`` may mean in this one: that of its own file, or those that other files share."""
    @property
    def exits(self) -> list[Exit]: ...
    @property
    def lazy_fills(self) -> list[LazyFill]: ...

class Call:
    """A call of a function or a function-like macro."""

    @property
    def function(self) -> Function:
        """The function that makes the call."""
    @property
    def name(self) -> str:
        """The last name: ``obj->f(x)`` and ``ns::f(x)`` call ``f``."""
    @property
    def span(self) -> Span:
        """Where the name stands."""
    @property
    def arguments(self) -> list[Value]: ...
    @property
    def is_only_tested(self) -> bool:
        """Its result is compared or taken as a condition on the spot, and nothing else is done with it."""
    @property
    def locks(self) -> list[Lock]:
        """The locks that this function holds when it makes the call."""

class Value:
    """An expression, and where the object in it comes from as far as its own function tells."""

    @property
    def text(self) -> str:
        """The expression without casts around it."""
    @property
    def object(self) -> str:
        """``text``, with a local that only stands for one other variable replaced by it: ``self->x`` is ``op->x``."""
    @property
    def origin(self) -> Literal["local", "parameter", "static", "field", "result", "other"]: ...
    @property
    def name(self) -> str:
        """Of the variable, the field or the called function."""
    @property
    def parameter(self) -> int:
        """The index of the parameter that the expression is or starts with, as ``self->x`` does, or -1."""
    @property
    def producers(self) -> list[str]:
        """For a local or parameter: what was called for each value it is given; "" where no call was."""
    @property
    def handed(self) -> list[tuple[str, int, bool]]:
        """For a local or parameter: who got it before this point: callee, argument index, whether by address."""
    @property
    def stored(self) -> bool:
        """For a local or parameter: something else was set to it before this point."""

class Lock:
    """A critical section or a mutex, from where it is taken to where it is released."""

    @property
    def is_critical_section(self) -> bool: ...
    @property
    def span(self) -> Span: ...
    @property
    def operands(self) -> list[Value]:
        """What is locked."""

class Exit:
    """A statement that leaves a critical section without ending it."""

    @property
    def function(self) -> Function: ...
    @property
    def text(self) -> str:
        """The keyword or macro: ``return``, ``goto``, ``Py_RETURN_NONE``."""
    @property
    def span(self) -> Span: ...
    @property
    def lock(self) -> Lock: ...

class Record:
    """A struct, union or class."""

    @property
    def file(self) -> File: ...
    @property
    def name(self) -> str:
        """The tag or the class; empty for an anonymous struct."""
    @property
    def alias(self) -> str:
        """The name that a typedef gives it, or an empty string."""
    @property
    def bases(self) -> list[str]:
        """The classes that it derives from, by their last names, without template arguments."""
    @property
    def fields(self) -> list[Variable]:
        """Data members in order; those of an anonymous struct inside are among them."""
    @property
    def has_object_head(self) -> bool:
        """It begins with PyObject_HEAD or what stands for it: Python sees its instances as objects."""
    @property
    def span(self) -> Span:
        """Where its name stands."""

class Variable:
    """A variable with static storage, or a data member of a record."""

    @property
    def file(self) -> File: ...
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str:
        """The last name of its type."""
    @property
    def pointers(self) -> int:
        """How many stars stand before the name."""
    @property
    def is_array(self) -> bool: ...
    @property
    def is_const(self) -> bool:
        """The variable itself cannot change; what it points to may."""
    @property
    def is_mutable(self) -> bool:
        """A member that const methods may write."""
    @property
    def span(self) -> Span: ...
    @property
    def entries(self) -> list[list[str]]:
        """Of a brace initializer, the tokens of each entry."""

class LazyFill:
    """``if (cache == NULL) cache = make();`` on a variable with static storage."""

    @property
    def function(self) -> Function: ...
    @property
    def variable(self) -> Variable: ...
    @property
    def test(self) -> Span:
        """Where the variable is compared."""
    @property
    def span(self) -> Span:
        """Where the variable is set."""
    @property
    def locks(self) -> list[Lock]:
        """The locks held at both places."""

class Project:
    """The files of one call to :func:`scan`, joined."""

    @property
    def files(self) -> list[File]: ...

def scan(sources: list[tuple[str, bytes, bool]], threads: int) -> Project:
    """Reads sources, given as path, bytes and whether they are C++, on ``threads`` native threads, detached."""
