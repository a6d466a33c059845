// An extension that does what disturbs whoever tests it: in its functions, and with one of FAILS, HANGS, CRASHES, EXITS,
// TAKES_SIGNALS and TURNS_GIL_ON defined, when it is imported.
#include <Python.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static PyObject* forks(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    return PyLong_FromLong(fork() < 0 ? errno : 0);
}

static PyObject* prints(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    for (int line = 0; line < 20; ++line) {
        printf("{\"event\": \"failed\", \"what\": \"a line that looks like one of the hammer's\"}\n");
        fprintf(stderr, "and one that does not\n");
    }
    fflush(stdout);
    Py_RETURN_NONE;
}

static PyObject* exits(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    _exit(7);
}

static PyObject* reads(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    char byte;
    return PyLong_FromSsize_t(read(STDIN_FILENO, &byte, 1));
}

static PyObject* closes(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    for (int descriptor = 0; descriptor < 3; ++descriptor) {
        close(descriptor);
    }
    Py_RETURN_NONE;
}

static void ignore(int number) {
    (void)number;
}

static PyObject* takes_signals(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    signal(SIGTRAP, ignore);
    signal(SIGSEGV, SIG_DFL);
    Py_RETURN_NONE;
}

static PyObject* crashes(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    volatile uintptr_t nowhere = 8; // volatile, or the compiler says what will happen
    *(volatile int*)nowhere = 1;
    Py_RETURN_NONE;
}

static PyObject* hangs(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    volatile int for_ever = 1;
    while (for_ever) {
        sleep(1);
    }
    Py_RETURN_NONE;
}

static PyObject* waits(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    static PyMutex never;
    PyMutex_Lock(&never);
    PyMutex_Lock(&never);
    Py_RETURN_NONE;
}

static PyObject* is_fine(PyObject* module, PyObject* unused) {
    (void)module;
    (void)unused;
    return PyLong_FromLong(42);
}

static int at_import(PyObject* module) {
    (void)module;
#if defined(FAILS)
    PyErr_SetString(PyExc_RuntimeError, "it has no mind to");
    return -1;
#elif defined(HANGS)
    hangs(NULL, NULL);
#elif defined(CRASHES)
    crashes(NULL, NULL);
#elif defined(EXITS)
    _exit(7);
#elif defined(TAKES_SIGNALS)
    signal(SIGSEGV, ignore);
    signal(SIGTRAP, ignore);
#endif
    return 0;
}

static PyMethodDef methods[] = {
    {"forks", forks, METH_NOARGS, NULL},
    {"prints", prints, METH_NOARGS, NULL},
    {"exits", exits, METH_NOARGS, NULL},
    {"reads", reads, METH_NOARGS, NULL},
    {"closes", closes, METH_NOARGS, NULL},
    {"takes_signals", takes_signals, METH_NOARGS, NULL},
    {"crashes", crashes, METH_NOARGS, NULL},
    {"hangs", hangs, METH_NOARGS, NULL},
    {"waits", waits, METH_NOARGS, NULL},
    {"is_fine", is_fine, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, at_import},
#ifndef TURNS_GIL_ON
                                   {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                                   {0, NULL}};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "unruly", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit_unruly(void) {
    return PyModuleDef_Init(&definition);
}
