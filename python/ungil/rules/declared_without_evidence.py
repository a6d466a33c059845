"""A module declares that it needs no GIL, and nothing in it was done for that.

What it finds
    A module that declares ``Py_MOD_GIL_NOT_USED``, ``py::mod_gil_not_used()`` or calls ``PyUnstable_Module_SetGIL(m,
    Py_MOD_GIL_NOT_USED)`` in a project whose C and C++ code takes no lock, begins no critical section, uses no atomic
    and keeps nothing for each thread, although it has state that its functions change while the module is in use:
    fields of objects, or variables with static storage. One finding for each module, at its declaration. A project
    with a lock anywhere is left alone, and so is a module without such state.

Why it is unsafe without the GIL
    The declaration is a promise, not a switch: it makes nothing safe, it only keeps the interpreter from turning the
    GIL on. State that the GIL used to guard is then guarded by nothing.

How to fix it
    Go through the fields and variables that the other rules name: guard each by a critical section on its object or
    by a ``PyMutex`` (Python 3.13), make it atomic, or move it to where one thread has it. Then run the tests in
    several threads before declaring anything. Until then declare ``Py_MOD_GIL_USED``.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
    https://py-free-threading.github.io/porting-extensions/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Declaration, Facts, File, ModuleInit
from ungil.facts.native.precautions import UnguardedState, takes_precautions, unguarded_state
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MOST_NAMES = 3


def check(facts: Facts) -> Iterator[Finding]:
    """Every module that promises to do without the GIL and has unguarded state, where nothing guards anything."""
    declared = [module for module in facts.modules if module.declaration is Declaration.NOT_USED]
    if not declared or not (facts.exposures or facts.shared_statics or facts.member_uses):
        return
    states = [(module, unguarded_state(facts, _files(facts, module))) for module in declared]
    states = [(module, state) for module, state in states if state]
    if states and not takes_precautions(facts):
        yield from (_finding(module, state) for module, state in states)


def _files(facts: Facts, module: ModuleInit) -> tuple[File, ...]:
    """All files belong to the only module of a project; of several modules, each has at least its own."""
    return facts.files if len(facts.modules) == 1 else (module.entry.file, module.file)


def _finding(module: ModuleInit, state: UnguardedState) -> Finding:
    return rule.finding(
        module.file,
        module.span,
        f"module '{module.name}' declares that it needs no GIL, but takes no lock and uses no atomic anywhere: one "
        "thread "
        f"changes {_count(state)} while another uses them",
        fix="guard each of them by a critical section or a PyMutex (Python 3.13), make it atomic or give it to one "
        "thread; until then declare Py_MOD_GIL_USED",
        confidence=Confidence.MEDIUM,
        evidence=(
            *_listed(state.fields, "field", "changed without a lock"),
            *_listed(state.statics, "static variable", "changed without a lock"),
            *_listed(tuple(f"{name}()" for name in state.writers), "function", "writing them"),
        ),
    )


def _count(state: UnguardedState) -> str:
    counts = []
    if state.fields:
        counts.append(f"{len(state.fields)} field{'s' * (len(state.fields) > 1)} of objects")
    if state.statics:
        counts.append(f"{len(state.statics)} static variable{'s' * (len(state.statics) > 1)}")
    return " and ".join(counts)


def _listed(names: tuple[str, ...], noun: str, what: str) -> Iterator[str]:
    if names:
        listed = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
        yield f"{len(names)} {noun}{'s' * (len(names) > 1)} {what}: {listed}"


rule = Rule(
    code="UG002",
    slug="declared-without-evidence",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a counter object that the declaration forgot",
            """\
typedef struct { PyObject_HEAD long hits; } Counter;

static PyObject *
counter_hit(Counter *self, PyObject *unused)
{
    self->hits++;
    return PyLong_FromLong(self->hits);
}

static PyObject *
counter_reset(Counter *self, PyObject *unused)
{
    self->hits = 0;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)counter_hit, METH_NOARGS, ""},
                                {"reset", (PyCFunction)counter_reset, METH_NOARGS, ""}, {NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};  // <--
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots};
PyMODINIT_FUNC PyInit_counter(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "the same under a critical section",
            """\
typedef struct { PyObject_HEAD long hits; } Counter;

static PyObject *
counter_hit(Counter *self, PyObject *unused)
{
    long hits;
    Py_BEGIN_CRITICAL_SECTION(self);
    hits = ++self->hits;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(hits);
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)counter_hit, METH_NOARGS, ""}, {NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots};
PyMODINIT_FUNC PyInit_counter(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "nothing that can change",
            """\
static const double factors[] = {1.0, 0.3048, 1609.344};

static PyObject *
convert(PyObject *self, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(number * factors[1]);
}

static PyMethodDef methods[] = {{"convert", convert, METH_O, ""}, {NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots, .m_methods = methods};
PyMODINIT_FUNC PyInit_units(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Bad(
            "a static buffer behind pybind11's tag",
            """\
static char buffer[256];
static int used;

static const char *describe(int code)
{
    used = snprintf(buffer, sizeof(buffer), "error %d", code);
    return buffer;
}

static int last_length() { return used; }

PYBIND11_MODULE(errors, m, py::mod_gil_not_used())  // <--
{
    m.def("describe", &describe);
    m.def("last_length", &last_length);
}
""",
            path="example.cpp",
        ),
        Good(
            "an atomic counter behind pybind11's tag",
            """\
static std::atomic<long> calls{0};

static long count_call() { return ++calls; }

PYBIND11_MODULE(calls, m, py::mod_gil_not_used())
{
    m.def("count_call", &count_call);
}
""",
            path="example.cpp",
        ),
    ),
)
