/* Stands for the extension module of a project: declared or not, as DECLARED says. */
#include <Python.h>

static PyModuleDef_Slot slots[] = {
#if defined(Py_GIL_DISABLED) && defined(DECLARED)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_core",
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__core(void) {
    return PyModuleDef_Init(&definition);
}
