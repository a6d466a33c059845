"""The C and C++ front-end: text to facts, many files at once, detached from the interpreter.

Every object is an immutable view into one :class:`Project`, which it keeps alive; all may be used from any thread.
"""

from collections.abc import Sequence
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
    def speaks_to_python(self) -> bool:
        """A name of the C API, or of a framework that binds to it, stands in its code."""
    @property
    def records(self) -> list[Record]:
        """Structs, unions and classes with a body, in the order in which they begin."""
    @property
    def modules(self) -> list[ModuleEntry]:
        """Where extension modules begin: initialisation functions, and macros that stand for them."""
    @property
    def bindings(self) -> list[Binding]:
        """Functions, methods and fields that a C++ framework shows to Python by name; lambdas are not among them."""
    @property
    def bound_classes(self) -> list[tuple[str, Span]]:
        """The classes that a C++ framework shows to Python, ``class_<Shelf>(m, "Shelf")``, without namespaces."""
    @property
    def bound_containers(self) -> list[tuple[str, Span]]:
        """Where a framework shows a container of the standard library to Python: ``bind_vector<...>(m, "Numbers")``.

        Each is the name of what does it, ``bind_vector``, ``bind_map`` or ``vector_indexing_suite``, and its place.
        """
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
    def includes(self) -> list[tuple[str, Span, int]]:
        """Each ``#include`` that a free-threaded build may compile: path, place, how many ``#if`` enclose it."""
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
    @property
    def detached(self) -> list[Region]:
        """The regions of all its functions in which the thread is detached."""
    @property
    def detached_calls(self) -> list[Call]:
        """The calls of all its functions that are made detached."""
    def compiled_out(self, names: set[str], /) -> list[tuple[str, Span, list[str]]]:
        """Those of ``names`` in branches about ``Py_GIL_DISABLED`` that are left out: name, place, conditions."""
    @property
    def locks(self) -> list[Lock]:
        """The locks that its functions take: nearly always none."""
    def calls_to(self, names: set[str], /) -> list[Call]:
        """Calls to functions or macros of these names, in source order."""
    def calls_like(self, words: Sequence[str], /) -> list[Call]:
        """The first call of each name that contains one of the words, in no particular order."""
    def macros_with(self, names: set[str], /) -> list[tuple[str, Span]]:
        """The macros whose body has one of these names, and where each is defined."""
    def stores_to(self, names: set[str], /) -> list[Store]:
        """Where fields of these names, and variables that no function declares, are set."""
    def members(self, names: set[str], /) -> list[Member]:
        """Uses of members of these names, as far as the interpreter's structs keep them to themselves."""
    @property
    def lookups(self) -> list[Lookup]:
        """Pointers that are found in a table of the project's own, and only then counted."""
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
    def advances_iterator(self) -> bool:
        """A tp_iternext slot."""
    @property
    def exports_buffer(self) -> bool:
        """A bf_getbuffer or bf_releasebuffer slot."""
    @property
    def is_address_taken(self) -> bool:
        """Some code names it without calling it: it may be a callback."""
    @property
    def is_in_table(self) -> bool:
        """A method table, a slot or another table names it."""
    @property
    def is_bound(self) -> bool:
        """A C++ framework shows it to Python: ``.def("name", &Class::method)``."""
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
    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The name and the last name of the type of each."""
    def type_of(self, name: str, /) -> str:
        """The last name of the type of a local, a parameter, a static of its file or a member of its class, or ""."""
    def resolve(self, name: str, /) -> list[Function]:
        """The functions that ``name`` may mean in this one: that of its own file, or those that other files share."""
    def calls_with(self, variable: str, /) -> list[Call]:
        """The calls that get the local variable or parameter of that name, or its address, in source order."""
    @property
    def only_runs_detached(self) -> bool:
        """Its thread is detached when it begins: by every caller, by a binding library, or as a native thread."""
    @property
    def starts_thread(self) -> bool:
        """A native thread begins with it: ``pthread_create()``, ``std::thread`` and the like get it."""
    @property
    def detached(self) -> list[Region]:
        """The stretches of it in which it has detached the thread itself, in source order."""
    @property
    def conditions(self) -> list[str]:
        """As of a call: the preprocessor conditions around its name."""
    @property
    def exits(self) -> list[Exit]: ...
    @property
    def lazy_fills(self) -> list[LazyFill]: ...

class ModuleEntry:
    """Where an extension module begins."""

    @property
    def file(self) -> File: ...
    @property
    def framework(self) -> Literal["", "pybind11", "nanobind", "Boost.Python"]:
        """Whose macro makes the initialisation function; empty for the C API itself."""
    @property
    def name(self) -> str:
        """Of the module; empty where a macro makes it up."""
    @property
    def macro(self) -> str:
        """The name that stands there: ``PyInit_spam``, ``PYBIND11_MODULE``, or the project's own macro."""
    @property
    def function(self) -> Function | None:
        """What follows the macro as a body, or None where the macro holds it all."""
    @property
    def arguments(self) -> list[str]:
        """Of the macro, as they stand there."""
    @property
    def expansion(self) -> list[str]:
        """The names in the project's macros that stand for the beginning of the module."""
    @property
    def span(self) -> Span: ...

class Binding:
    """``.def("name", &Class::method)``: what a C++ framework shows to Python."""

    @property
    def file(self) -> File: ...
    @property
    def how(self) -> str:
        """The call: ``def``, ``def_rw``, ``def_prop_ro``."""
    @property
    def scope(self) -> str:
        """The class, or an empty string for a free function."""
    @property
    def name(self) -> str: ...
    @property
    def locks_self(self) -> bool:
        """The framework holds a critical section on the object while the method runs."""
    @property
    def locked_arguments(self) -> int:
        """How many arguments the framework locks for the call, the object itself included."""
    @property
    def detaches(self) -> bool:
        """The framework detaches the thread for the call: ``py::call_guard<py::gil_scoped_release>()``."""
    @property
    def span(self) -> Span: ...

class MemberUse:
    """What a method does with one of the object's own data members, in a class that threads share."""

    @property
    def method(self) -> Function:
        """Neither a constructor nor a destructor."""
    @property
    def type(self) -> str:
        """The class."""
    @property
    def field(self) -> str: ...
    @property
    def field_type(self) -> str:
        """The last name of its type, without template arguments: ``vector``."""
    @property
    def is_mutable(self) -> bool:
        """Const methods may write it."""
    @property
    def kind(self) -> Literal["read", "write", "mutate"]:
        """write: it is set, or an element is. mutate: a method of the standard library's changes it."""
    @property
    def is_element(self) -> bool:
        """One of its elements is used, ``items_[i]``, not all of it."""
    @property
    def is_locked(self) -> bool:
        """The method holds a lock there."""
    @property
    def span(self) -> Span: ...

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
    def is_statement(self) -> bool:
        """It is a statement of its own: nobody looks at its result, and no ``(void)`` says so."""
    @property
    def is_member(self) -> bool:
        """It is called on an object: ``x.f()``, ``x->f()``."""
    @property
    def receiver(self) -> str:
        """The last name of that object: ``x``; an empty string if it has none."""
    @property
    def qualifier(self) -> str:
        """The last name before ``::``, as ``std`` in ``std::f()``, or an empty string."""
    @property
    def is_detached(self) -> bool:
        """The thread is detached when the call is made: by this function, or by whoever runs it."""
    @property
    def conditions(self) -> list[str]:
        """The preprocessor conditions under which it is compiled, as written, innermost first.

        ``_WIN32``, ``!Py_LIMITED_API`` (#ifndef), ``PY_VERSION_HEX >= 0x030D0000``. A later alternative also has what
        the earlier ones rule out: ``!(...)``. Include guards are left out.
        """
    @property
    def known(self) -> list[tuple[str, str, bool]]:
        """What conditions around and before the call say: predicate, what it is asked of, and whether it holds.

        The predicate is empty where the expression itself is tested: ``if (self->cache != NULL)``.
        """
    @property
    def target(self) -> str:
        """What the result is assigned to (``list``, ``self->items``, ``*out``), ``return``, or an empty string."""
    @property
    def comparison(self) -> str:
        """What the result is compared with on the spot, as in ``== 1``, or an empty string."""
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
    @property
    def reached(self) -> list[str]:
        """How the project gets at the object: the field, the called function, or the static variable itself.

        For a local or parameter, those of each value that it is given; "" stands for a value that is none of these.
        """
    @property
    def on_stack(self) -> bool:
        """``&local`` or ``local.field`` of a struct in the function's own frame."""

class Store:
    """A field, or a variable with static storage, is set."""

    @property
    def function(self) -> Function: ...
    @property
    def span(self) -> Span: ...
    @property
    def known(self) -> list[tuple[str, str, bool]]:
        """What conditions around and before it say, as for a call."""
    @property
    def is_field(self) -> bool: ...
    @property
    def is_null(self) -> bool: ...
    @property
    def value(self) -> Value: ...

class Member:
    """A use of a member of one of the interpreter's own structs: ``((PyListObject *)x)->ob_item``."""

    @property
    def function(self) -> Function: ...
    @property
    def name(self) -> str: ...
    @property
    def span(self) -> Span: ...
    @property
    def owner(self) -> Value:
        """The expression before the arrow, without casts."""
    @property
    def type(self) -> str:
        """What the owner is cast to or, for a variable, declared with; empty if neither is seen."""
    @property
    def is_written(self) -> bool:
        """It is set, or counted up or down."""
    @property
    def is_address(self) -> bool:
        """Its address is taken: whoever gets it may read atomically."""
    @property
    def locks(self) -> list[Lock]: ...

class Lookup:
    """A pointer that a function finds in a table of the project's own, and only then counts."""

    @property
    def call(self) -> Call:
        """What counts it: ``Py_INCREF``, ``Py_NewRef``, ``inc_ref``."""
    @property
    def search(self) -> Span:
        """What finds it."""
    @property
    def name(self) -> str:
        """Of what finds it."""

class Lock:
    """A critical section or a mutex, from where it is taken to where it is released."""

    @property
    def is_critical_section(self) -> bool: ...
    @property
    def function(self) -> Function:
        """The function that takes it."""
    @property
    def verb(self) -> str:
        """The macro, call or variable that takes it: ``PyMutex_Lock``, ``lock_state``, ``guard``."""
    @property
    def is_annotation(self) -> bool:
        """A binding takes it around the function that it binds: ``nb::lock_self()``."""
    @property
    def is_released(self) -> bool:
        """An end was found in the same function; without one its extent is not known."""
    @property
    def locks(self) -> list[Lock]:
        """The locks that the function holds where it takes this one, which is among them."""
    @property
    def calls(self) -> list[Call]:
        """The calls that the function makes while it holds the lock."""
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

class StaleUse:
    """In a critical section, a use of what a field held before. A call in between may have let others in."""

    @property
    def function(self) -> Function: ...
    @property
    def kind(self) -> Literal["write", "index", "bound"]:
        """What is done with the value.

        write: the field is set to something worked out from it. index: it is the index of an element of another field.
        bound: it ends a loop over another field's elements.
        """
    @property
    def field(self) -> str:
        """The field that was read."""
    @property
    def read(self) -> Span:
        """Where it was."""
    @property
    def span(self) -> Span:
        """The field that is used."""
    @property
    def calls(self) -> list[Call]:
        """The calls after the read that come before the use, or before its next round in a loop."""

class Region:
    """A stretch of a function in which its thread is detached. The project's own macros, wrappers and guards count."""

    @property
    def function(self) -> Function: ...
    @property
    def form(self) -> Literal["macro", "calls", "guard", "lambda"]:
        """``Py_BEGIN_ALLOW_THREADS``, ``PyEval_SaveThread()``, a guard, or a lambda that a thread or guard runs."""
    @property
    def span(self) -> Span:
        """Where it begins: the name that detaches."""
    @property
    def text(self) -> str:
        """That name."""
    @property
    def tokens(self) -> int:
        """How many tokens lie between begin and end."""
    @property
    def is_certain(self) -> bool:
        """No condition decides whether the thread is detached, and the region has an end."""
    @property
    def is_ended(self) -> bool:
        """Something in this function reattaches the thread."""
    @property
    def leaves(self) -> list[tuple[str, Span]]:
        """Ways out of the function that skip the end: the keyword or macro, and where it stands."""
    @property
    def calls(self) -> list[Call]:
        """The calls made in it, in source order."""

class Exit:
    """A statement that leaves a critical section without ending it, or a function with a mutex still locked."""

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

class Access:
    """One use of a variable with static storage, by its name or through a pointer to it."""

    @property
    def function(self) -> Function:
        """The function that uses it."""
    @property
    def span(self) -> Span:
        """Where its name, or the pointer's, stands."""
    @property
    def kind(self) -> Literal["read", "write", "update", "swap", "address", "atomic"]:
        """``v = x``, ``v++`` or ``v.push_back(x)``, ``Py_CLEAR(v)``, ``&v`` or an array's name, an atomic operation."""
    @property
    def text(self) -> str:
        """The whole expression: ``v.items[0].count``."""
    @property
    def index(self) -> str:
        """What stands between the first brackets, or an empty string."""
    @property
    def says(self) -> Literal["empty", "set", ""]:
        """What a comparison says of it when it holds: ``!v``, ``v == NULL`` and ``v == -1`` that it is empty."""
    @property
    def field(self) -> str:
        """The last field that is named, or an empty string."""
    @property
    def method(self) -> str:
        """The C++ method that is called on it, or an empty string."""
    @property
    def operator(self) -> str:
        """Of an update that is no method's: ``++``, ``-=``."""
    @property
    def callee(self) -> str:
        """What gets it as an argument, or an empty string."""
    @property
    def argument(self) -> int:
        """As which argument, from 0."""
    @property
    def is_part(self) -> bool:
        """A field or an element of it."""
    @property
    def is_deep(self) -> bool:
        """What it points to, not the variable itself: ``v->x``, ``*v``, and for a pointer ``v[0]``."""
    @property
    def is_tested(self) -> bool:
        """It stands in the condition of an ``if``, a loop, a ``switch`` or before a ``?``."""
    @property
    def statement(self) -> int:
        """Grows with the statements of the function; two accesses in one statement have the same."""
    @property
    def runs_alone(self) -> bool:
        """The function runs only while the module is initialised, or when it goes."""
    @property
    def value(self) -> Value | None:
        """What a write by ``=`` stores."""
    @property
    def given_by(self) -> Function | None:
        """The function that handed a pointer to the variable to this one."""
    @property
    def given_at(self) -> Span | None:
        """Where it did."""
    @property
    def locks(self) -> list[Lock]:
        """The locks that this function holds there, and those that ``given_by`` holds at ``given_at``."""

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
    def is_local(self) -> bool:
        """It belongs to a function (or, in :attr:`Record.fields`, to a record), not to a file."""
    @property
    def is_initialized(self) -> bool:
        """It has an initializer."""
    @property
    def initializer(self) -> str:
        """The initializer as it stands, or an empty string."""
    @property
    def declaration(self) -> str:
        """What stands before the name: ``static std::vector<int>``."""
    @property
    def is_thread_local(self) -> bool:
        """By a keyword, or by a macro of the project or a name that stands for one."""
    @property
    def is_atomic(self) -> bool:
        """Declared as an atomic, or used by atomic operations."""
    @property
    def is_volatile(self) -> bool:
        """Declared volatile, which orders nothing between threads."""
    @property
    def is_synchroniser(self) -> bool:
        """A mutex, a once flag, a semaphore or a key of thread-specific storage, by the name of its type."""
    @property
    def accesses(self) -> list[Access]:
        """Its uses in all files of the project; empty unless it is one of :attr:`Project.mutable_statics`."""
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
    ) -> Literal["flag", "borrow", "read", "write", "update", "deep", "pointer", "temporary", "lazy", "release"]:
        """What is done.

        flag: a plain field is set to a literal. borrow: an object that the field holds is used, and another function
        replaces it. read: a pointer is followed that another function replaces. write, update: a plain field is set; is
        read and written. deep: what the field points to or holds is changed. pointer: a pointer is replaced. temporary:
        a field is changed and changed back. lazy: a field is filled that was found empty. release: what the field holds
        is given up.
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

class EarlyPublication:
    """A function makes an object, stores it where others find it, and then sets its fields."""

    @property
    def function(self) -> Function: ...
    @property
    def name(self) -> str:
        """The local variable that holds the object."""
    @property
    def by_call(self) -> bool:
        """It is stored in a dict, a list or an attribute by a call of the C API, rather than in a field."""
    @property
    def span(self) -> Span:
        """The call or the assignment that lets others reach it."""
    @property
    def fill(self) -> Span:
        """The first field that is set after that."""
    @property
    def locks(self) -> list[Lock]:
        """The locks held where it is stored."""

class Project:
    """The files of one call to :func:`scan`, joined."""

    @property
    def exposures(self) -> list[Exposure]:
        """At most one for each function."""

    @property
    def files(self) -> list[File]: ...
    @property
    def mutable_statics(self) -> list[Variable]:
        """The variables with static storage that are written while the module is in use, joined over all files."""
    @property
    def early_publications(self) -> list[EarlyPublication]:
        """New objects that others can reach before they are complete, in code that is not only initialisation."""
    @property
    def object_statics(self) -> list[Variable]:
        """C++ variables with static or thread storage that own a Python object, or whose initializer calls Python.

        Owning is holding an object of a binding library by value.
        """

def scan(sources: list[tuple[str, bytes, bool]], threads: int) -> Project:
    """Reads sources, given as path, bytes and whether they are C++, on ``threads`` native threads, detached."""

def member_uses(project: Project) -> list[MemberUse]:
    """What methods of bound classes do with data members, in the order of files and methods."""

def singleton_uses(project: Project) -> list[MemberUse]:
    """The same for methods of classes of which a function returns its one static object."""

def stale_uses(file: File, /) -> list[StaleUse]:
    """Where critical sections, and functions whose callers hold one, use what they read from a field before.

    Where the function looks at the field again in a condition, nothing is reported.
    """

def field_changes(file: File, names: set[str], /) -> list[tuple[str, Function]]:
    """Where fields of these names are set or counted, other than in objects that the function has just made."""

def unnamed_guards(file: File, /) -> list[tuple[Function, str, Span]]:
    """Guards that are made and destroyed in one statement: the function, the class, and where that stands."""

def words(file: File) -> list[tuple[int, int, Literal["name", "number", "string", "character", "punctuator"], int]]:
    """The words that a free-threaded build may compile: first byte, one past the last, kind, and partner.

    The partner is the index of the bracket that belongs to this one, or the word's own index.
    """

def comments(file: File) -> list[tuple[int, int]]:
    """Every comment: first byte, and one past the last."""

def name_word(function: Function) -> int:
    """The index of its name in :func:`words`."""

def head_words(function: Function) -> tuple[int, int]:
    """From its first specifier to its opening brace, as indices into :func:`words`; the end is exclusive."""

def body_words(function: Function) -> tuple[int, int]:
    """Between its braces."""

def body_bytes(function: Function) -> tuple[int, int]:
    """From its opening brace to one past the closing one, as bytes of the file."""
