"""A static variable is filled on first use, and two threads can both be first.

What it finds
    A variable with static storage that is compared with NULL, zero or -1 and set when it is empty, without a lock that
    is held at both places: by the function itself, through a pointer in a helper that gets ``&cache``, in a field of a
    static struct, or a whole set of variables under an "initialised" flag. Code that runs only while the module is
    initialised, thread-local variables and atomics are left alone. A number that any thread would compute alike is
    only noted.

Why it is unsafe without the GIL
    Two threads can both find the variable empty, both make the object and both store it: one reference leaks, and
    whoever compares the two finds them different. The plain read and the plain write are also a data race: a third
    thread may see the pointer, or the flag, before it sees what they announce.

How to fix it
    Make the object where the module is initialised (a ``Py_mod_exec`` slot), and keep it in the module's state.
    Where it has to be made late, guard test and store by one ``PyMutex`` (Python 3.13), or publish it with an
    atomic compare-and-exchange and release the loser's object.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/howto/isolating-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ungil.facts.model import Access, Facts, File, Role, SharedStatic, Span
from ungil.facts.native.statics import holds_number, holds_object, holds_own_of_python, names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that fills a static on first use; one finding for all that one test or one helper fills."""
    for test, filled in places(facts.shared_statics, Role.LAZY):
        file, span = _where(test, filled[0])
        yield rule.finding(
            file,
            span,
            f"two threads can both find {names(filled)} empty and both fill it: {_harm(filled)}, and a third "
            "thread may see it half-made",
            fix="make it in the Py_mod_exec slot and keep it in module state, or guard test and store with one "
            "PyMutex (Python 3.13)",
            severity=_severity(test, filled),
            evidence=tuple(_evidence(test, static) for static in filled[:3]),
        )


def _where(test: Access, static: SharedStatic) -> tuple[File, Span]:
    """A function static is where the mistake is made; of anything else, the test."""
    if static.variable.is_local and test.given_by is None:
        return static.variable.file, static.variable.span
    return test.function.file, test.span


def _harm(filled: Sequence[SharedStatic]) -> str:
    objects = any(holds_object(static.variable) for static in filled)
    return "one reference leaks" if objects else "the work is done twice, over the result of the first"


def _severity(test: Access, filled: Sequence[SharedStatic]) -> Severity:
    if any(holds_object(static.variable) for static in filled):
        return Severity.ERROR
    if not filled[0].speaks_to_python or all(holds_own_of_python(static.variable) for static in filled):
        return Severity.NOTE
    if all(holds_number(static.variable) for static in filled) and not _works(test, filled[0]):
        return Severity.NOTE
    return Severity.WARNING


def _works(test: Access, static: SharedStatic) -> bool:
    """Is something done between the test of a flag and setting it, which others then rely on?"""
    stored = [a for a in static.writes if a.function.key == test.function.key and a.span.line >= test.span.line]
    constant = bool(stored) and stored[-1].value is not None and stored[-1].value.origin == "other"
    return constant and any(test.span.line < call.span.line < stored[-1].span.line for call in test.function.calls)


def _evidence(test: Access, static: SharedStatic) -> str:
    by = f" by '{test.function.name}', which gets its address" if test.given_by is not None else ""
    return f"'{static.variable.name}' is a {static.level}, filled on first use{by}; no lock is held at both places"


rule = Rule(
    code="UG201",
    slug="lazily-filled-static",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a function's cache",
            """\
static PyObject *
get_decimal(void)
{
    static PyObject *decimal = NULL;  // <--
    if (decimal == NULL) {
        decimal = PyImport_ImportModule("decimal");
    }
    return Py_XNewRef(decimal);
}
""",
        ),
        Bad(
            "under the lock of an object, of which each has its own",
            """\
static PyObject *decimal;

static PyObject *
worth_lock_held(PyObject *self, PyObject *price)
{
    if (decimal == NULL)  // <--
        decimal = PyImport_ImportModule("decimal");
    return decimal == NULL ? NULL : PyObject_CallOneArg(decimal, price);
}

static PyObject *
worth(PyObject *self, PyObject *price)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = worth_lock_held(self, price);
    Py_END_CRITICAL_SECTION();
    return result;
}
""",
        ),
        Good(
            "made while the module is initialised",
            """\
static PyObject *decimal;

static int
exec_module(PyObject *m)
{
    if (decimal == NULL)
        decimal = PyImport_ImportModule("decimal");
    return decimal == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
        Bad(
            "an early return when it is there",
            """\
static PyObject *empty_string;

static PyObject *
get_empty(void)
{
    if (empty_string)  // <--
        return Py_NewRef(empty_string);
    empty_string = PyUnicode_New(0, 0);
    return Py_XNewRef(empty_string);
}
""",
        ),
        Bad(
            "test and store in one condition",
            """\
static PyTypeObject *record_type;

static int
ensure_type(void)
{
    if (!record_type && !(record_type = make_record_type()))  // <--
        return -1;
    return 0;
}
""",
        ),
        Bad(
            "a test of a copy",
            """\
static PyObject *cache;

static PyObject *
get(void)
{
    PyObject *found = cache;  // <--
    if (found == NULL) {
        found = PyDict_New();
        cache = found;
    }
    return found;
}
""",
        ),
        Bad(
            "a helper that gets the address of each cache",
            """\
static void
cache_import(const char *module, const char *name, PyObject **cache)
{
    if (*cache == NULL) {  // <--
        PyObject *m = PyImport_ImportModule(module);
        *cache = PyObject_GetAttrString(m, name);
        Py_DECREF(m);
    }
}

static PyObject *
floor_of(PyObject *self, PyObject *x)
{
    static PyObject *floor = NULL;
    cache_import("math", "floor", &floor);
    return PyObject_CallOneArg(floor, x);
}

static PyObject *
ceil_of(PyObject *self, PyObject *x)
{
    static PyObject *ceil = NULL;
    cache_import("math", "ceil", &ceil);
    return PyObject_CallOneArg(ceil, x);
}
""",
        ),
        Bad(
            "a table under an initialised flag",
            """\
static int ready;
static unsigned char reversed[256];

static unsigned char
reverse(unsigned char c)
{
    if (!ready) {  // <--
        for (int i = 0; i < 256; i++)
            reversed[i] = reverse_slowly(i);
        ready = 1;
    }
    return reversed[c];
}
""",
        ),
        Bad(
            "a field of a static struct",
            """\
static struct {
    PyObject *decimal;
    PyObject *fraction;
} modules;

static PyObject *
get_decimal(void)
{
    if (modules.decimal == NULL)  // <--
        modules.decimal = PyImport_ImportModule("decimal");
    return Py_XNewRef(modules.decimal);
}
""",
        ),
        Bad(
            "a pointer in C++",
            """\
Registry *registry() {
    static Registry *instance = nullptr;  // <--
    if (!instance)
        instance = new Registry();
    return instance;
}
""",
            "example.cpp",
        ),
        Good(
            "a function-local static that the compiler initialises once",
            """\
Registry &registry() {
    static Registry instance;
    return instance;
}
""",
            "example.cpp",
        ),
        Good(
            "a helper that every caller calls under the lock",
            """\
static PyMutex lock;
static PyObject *decimal;

static PyObject *
get_decimal_impl(void)
{
    if (decimal == NULL)
        decimal = PyUnicode_InternFromString("decimal");
    return Py_XNewRef(decimal);
}

static PyObject *
get_decimal(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&lock);
    PyObject *found = get_decimal_impl();
    PyMutex_Unlock(&lock);
    return found;
}
""",
        ),
        Good(
            "test and store under one mutex",
            """\
static PyMutex lock;
static PyObject *decimal;

static PyObject *
get_decimal(void)
{
    PyMutex_Lock(&lock);
    if (decimal == NULL)
        decimal = PyUnicode_InternFromString("decimal");
    PyMutex_Unlock(&lock);
    return Py_XNewRef(decimal);
}
""",
        ),
        Good(
            "one variable per thread",
            """\
static _Thread_local char *buffer;

static char *
get_buffer(void)
{
    if (buffer == NULL)
        buffer = malloc(64);
    return buffer;
}
""",
        ),
        Good(
            "a static that is set by a setter, not on first use",
            """\
static PyMutex hook_lock;
static PyObject *hook;

static PyObject *
set_hook(PyObject *self, PyObject *value)
{
    PyMutex_Lock(&hook_lock);
    PyObject *old = hook;
    hook = Py_NewRef(value);
    PyMutex_Unlock(&hook_lock);
    Py_XDECREF(old);
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "an atomic that publishes once",
            """\
static std::atomic<PyObject *> cache{nullptr};

PyObject *get() {
    PyObject *found = cache.load(std::memory_order_acquire);
    if (found == nullptr) {
        PyObject *made = PyDict_New();
        if (!cache.compare_exchange_strong(found, made))
            Py_DECREF(made);
        else
            found = made;
    }
    return found;
}
""",
            "example.cpp",
        ),
    ),
)
