"""What a module declares about the GIL, wherever its parts stand."""

import pytest

from ungil.facts.model import Declaration, Initialisation
from ungil.facts.native import read as c
from ungil.source import Language, Source

DEFINITION = "static PyModuleDef d = {PyModuleDef_HEAD_INIT, .m_slots = slots};\n"
MULTI = DEFINITION + "PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&d); }\n"
SINGLE = "PyMODINIT_FUNC PyInit_spam(void) { PyObject *m = PyModule_Create(&d); %s return m; }\n"

CASES = [
    ("a slot", ["static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};\n" + MULTI], "NOT_USED"),
    ("no slot", ["static PyModuleDef_Slot slots[] = {{Py_mod_exec, e}, {0, NULL}};\n" + MULTI], "MISSING"),
    ("no slots at all", [MULTI.replace("slots}", "NULL}")], "MISSING"),
    ("a slot that a macro writes", ["static PyModuleDef_Slot slots[] = {GIL_SLOT, {0, NULL}};\n" + MULTI], "UNCLEAR"),
    ("an entry that is not there", ["static PyModuleDef_Slot slots[] = {, {0, NULL},, };\n" + MULTI], "MISSING"),
    ("a value that a macro decides", ["static PyModuleDef_Slot slots[] = {{Py_mod_gil, MY_GIL}, {0, NULL}};\n" + MULTI], "UNCLEAR"),
    ("slots in another file", [MULTI, "PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_USED}, {0, NULL}};\n"], "USED"),
    ("a call", [SINGLE % "PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);"], "NOT_USED"),
    ("no call", [SINGLE % ""], "MISSING"),
    ("a macro that makes the call", ["#define NOGIL(m) PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED)\n" + SINGLE % "NOGIL(m);"], "UNCLEAR"),
    ("a call deep down", [
        "".join(f"static void f{n}(PyObject *m) {{ f{n + 1}(m); }}\n" for n in range(9))
        + "static void f9(PyObject *m) { PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED); }\n"
        + SINGLE % "f0(m);"], "NOT_USED"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), [pytest.param(files, e, id=title) for title, files, e in CASES])
def test_a_declaration_is_found_or_said_to_be_unclear(files: list[str], expected: str) -> None:
    """Missing means that nothing declares it; where a macro may, the answer is unclear."""
    sources = [Source(f"{n}.c", code.encode(), Language.C) for n, code in enumerate(files)]
    (module,) = c.read(sources).modules
    assert module.declaration is Declaration[expected]
    multi = Initialisation.MULTI_PHASE if "PyModuleDef_Init" in files[0] else Initialisation.SINGLE_PHASE
    assert (module.name, module.initialisation) == ("spam", multi)


def test_an_exported_c_function_in_cxx_is_an_initialisation() -> None:
    """`extern "C"` before one function opens no block."""
    code = 'extern "C" EXPORT PyObject *PyInit_spam() { if (ready) { start(); } return PyModule_Create(&d); }\n'
    (module,) = c.read([Source("spam.cpp", code.encode(), Language.CXX)]).modules
    assert module.declaration is Declaration.MISSING


def modules_of(*files: str) -> list[tuple[str, str, str]]:
    """The framework, name and declaration of each module that C++ files begin."""
    sources = [Source(f"{n}.cpp", code.encode(), Language.CXX) for n, code in enumerate(files)]
    return [(m.entry.framework, m.name, m.declaration.name) for m in c.read(sources).modules]


def test_a_module_whose_definition_is_not_there_is_unclear() -> None:
    """Where the definition comes from a macro, the module is counted and nothing is claimed."""
    code = "PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&MODULE_DEF); }\n"
    assert modules_of(code) == [("", "spam", "UNCLEAR")]


BEGINNINGS = [
    ('PYBIND11_MODULE(spam, m) { m.def("f", &f); }', ("pybind11", "spam", "MISSING")),
    ("PYBIND11_MODULE(spam, m, py::mod_gil_not_used()) { }", ("pybind11", "spam", "NOT_USED")),
    ("PYBIND11_MODULE(spam, m, py::mod_gil_not_used(false)) { }", ("pybind11", "spam", "USED")),
    ("PYBIND11_MODULE(spam, m, SPAM_OPTIONS) { }", ("pybind11", "spam", "UNCLEAR")),
    ("#define OURS(n) PYBIND11_MODULE(n, m)\nOURS(spam) { }", ("pybind11", "spam", "MISSING")),
    ("#define OURS(n) THEIRS(n)\n#define THEIRS(n) PYBIND11_MODULE(n, m)\nOURS(spam) { }", ("pybind11", "spam", "MISSING")),
    ("NB_MODULE(spam, m) { }", ("nanobind", "spam", "UNCLEAR")),
    ("BOOST_PYTHON_MODULE(spam) { }", ("Boost.Python", "spam", "MISSING")),
    ("BOOST_PYTHON_MODULE(spam, boost::python::mod_gil_not_used()) { }", ("Boost.Python", "spam", "NOT_USED")),
    ("#define INIT(n) PyObject *PyInit_##n(void)\nINIT(spam) { return PyModule_Create(&d); }", ("", "spam", "MISSING")),
    ("#define SWIG_init PyInit__spam\nPyObject *SWIG_init(void) { return PyModule_Create(&d); }", ("", "_spam", "MISSING")),
    ("#define WHOLE(n) PyMODINIT_FUNC PyInit_##n(void) { return PyModule_Create(&d); }\nWHOLE(spam)\n", ("", "spam", "UNCLEAR")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), [pytest.param(*case, id=case[0]) for case in BEGINNINGS])
def test_a_module_may_begin_with_a_macro(code: str, expected: tuple[str, str, str]) -> None:
    """The macros of frameworks and those of the project are followed to the module that they begin."""
    assert modules_of(code + "\n") == [expected]


def test_a_macro_from_another_file_begins_a_module() -> None:
    """What a header defines counts in every file."""
    assert modules_of("#define INIT(n) PyObject *PyInit_##n(void)\n", "INIT(spam) { return f(&d); }\n") == [
        ("", "spam", "UNCLEAR")
    ]


def test_a_macro_that_only_declares_the_function_begins_no_module() -> None:
    """A prototype is not a second module."""
    code = "#define DECLARE(n) PyObject *PyInit_##n(void)\nDECLARE(spam);\n"
    assert modules_of(code) == []


def test_what_a_macro_begins_runs_only_while_the_module_is_initialised() -> None:
    """The helpers of an initialisation function are its own, however the function is written."""
    code = "#define INIT(n) PyObject *PyInit_##n(void)\nstatic void add(PyObject *m) { }\nINIT(spam) { add(m); }\n"
    functions = {f.name: f for f in c.read([Source("spam.c", code.encode(), Language.C)]).functions()}
    assert functions["add"].only_initialises
