"""What a module declares about the GIL, wherever its parts stand."""

import pytest

from ungil.facts import c
from ungil.facts.model import Declaration, Initialisation
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


def test_a_module_whose_definition_is_not_there_is_left_out() -> None:
    """Where the definition comes from a macro, nothing is known, and nothing is claimed."""
    code = "PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&MODULE_DEF); }\n"
    assert c.read([Source("spam.c", code.encode(), Language.C)]).modules == ()
