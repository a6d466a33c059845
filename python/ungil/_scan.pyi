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
    def unread(self) -> list[Span]:
        """Where the unread tokens stand."""
    @property
    def excluded(self) -> list[Span]:
        """Where the excluded tokens stand."""
    @property
    def lone_brackets(self) -> int:
        """Brackets that nothing closes or opens."""
    @property
    def unclear_tokens(self) -> int:
        """Tokens inside unclear braces, which were passed over."""
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
    def advances_iterator(self) -> bool:
        """A tp_iternext slot."""
    @property
    def exports_buffer(self) -> bool:
        """A bf_getbuffer or bf_releasebuffer slot."""
    @property
    def takes_keywords(self) -> bool:
        """Its third parameter is a dict of keyword arguments, made anew for each call."""
    @property
    def is_called_only(self) -> bool:
        """Nothing but calls leads to it: no table, no slot, no pointer."""
    @property
    def is_called_locked(self) -> bool:
        """Each of its callers holds a lock at the call, or is itself called that way only; Python cannot enter it."""
    @property
    def is_called_under_mutex(self) -> bool:
        """The same for mutexes, so that no critical section is among the locks that it relies on."""
    @property
    def says_locked(self) -> bool:
        """Its name says that its caller holds the lock: ``push_locked``, ``pop_lock_held``, ``grow_unlocked``."""
    @property
    def locks(self) -> list[Lock]:
        """The locks that it takes itself, seen through macros and small functions of the project."""
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
    def is_guard(self) -> bool:
        """Held by a variable, which releases it at the end of its block."""
    @property
    def is_guessed(self) -> bool:
        """Known by its name alone: ``pool_lock(p)`` that a ``pool_unlock(p)`` follows."""
    @property
    def tries(self) -> bool:
        """It may not be taken: a trylock or one with a timeout."""
    @property
    def name(self) -> str:
        """What is locked, without casts, parentheses and ``&``, seen through macros: ``self->mutex``."""
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

class Exposure:
    """The most harmful thing that a function does, without a lock, to the state of an object that threads may share."""

    @property
    def function(self) -> Function: ...
    @property
    def span(self) -> Span:
        """The access, or the call that leads to it."""
    @property
    def type(self) -> str:
        """The struct that has the field."""
    @property
    def field(self) -> str: ...
    @property
    def field_type(self) -> str:
        """The last name of its type."""
    @property
    def field_pointers(self) -> int: ...
    @property
    def hazard(
        self,
    ) -> Literal["borrow", "read", "write", "update", "deep", "pointer", "temporary", "lazy", "release"]:
        """What is done.

        borrow: an object that the field holds is used, and another function replaces it. read: a pointer is followed
        that another function replaces. write, update: a plain field is set; is read and written. deep: what the field
        points to or holds is changed. pointer: a pointer is replaced. temporary: a field is changed and changed back.
        lazy: a field is filled that was found empty. release: what the field holds is given up.
        """
    @property
    def is_entered(self) -> bool:
        """Python, or code outside the project, calls the function."""
    @property
    def via(self) -> str:
        """The function whose call leads to the access; empty when it is made here."""
    @property
    def other(self) -> str:
        """Another function that changes the field, or an empty string."""
    @property
    def guarded(self) -> int:
        """How many places use the field under a lock."""
    @property
    def unguarded(self) -> int:
        """And how many without one."""

class Project:
    """The files of one call to :func:`scan`, joined."""

    @property
    def exposures(self) -> list[Exposure]:
        """At most one for each function."""

    @property
    def files(self) -> list[File]: ...

def scan(sources: list[tuple[str, bytes, bool]], threads: int) -> Project:
    """Reads sources, given as path, bytes and whether they are C++, on ``threads`` native threads, detached."""
