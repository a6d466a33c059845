// What a module builds on its first use, kept in statics: racy as written, correct with -DCORRECT.
#include <Python.h>

static PyObject* made;
// Volatile: the compiler must leave the steps as they are written, in their order.
static volatile int filled;
static volatile long squares[8];

#if defined(CORRECT)
static PyMutex building;
#define BEGIN_BUILDING PyMutex_Lock(&building)
#define END_BUILDING PyMutex_Unlock(&building)
#else
#define BEGIN_BUILDING
#define END_BUILDING
#endif

// One object for all, made by whoever asks first. Two threads that both find none make two.
static PyObject* shared(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    BEGIN_BUILDING;
    if (made == NULL) {
        made = PyObject_CallNoArgs((PyObject*)&PyBaseObject_Type);
    }
    PyObject* result = Py_XNewRef(made);
    END_BUILDING;
    return result;
}

// A table that says that it is filled before it is: a thread that comes in between reads a zero.
static PyObject* square_of_seven(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    BEGIN_BUILDING;
    if (!filled) {
        filled = 1;
        for (long number = 0; number < 8; ++number) {
            squares[number] = number * number;
        }
    }
    long result = squares[7];
    END_BUILDING;
    return PyLong_FromLong(result);
}

// Ends the process, but only for a thread that comes while the table is being filled.
static PyObject* abort_if_filling(PyObject* module, PyObject* unused) {
    BEGIN_BUILDING;
    int filling = filled && squares[7] == 0;
    END_BUILDING;
    if (filling) {
        abort();
    }
    return square_of_seven(module, unused);
}

static PyMethodDef functions[] = {
    {"shared", shared, METH_NOARGS, NULL},
    {"square_of_seven", square_of_seven, METH_NOARGS, NULL},
    {"abort_if_filling", abort_if_filling, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#if defined(Py_GIL_DISABLED)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "first_use", .m_methods = functions,
                                        .m_slots = slots};

PyMODINIT_FUNC PyInit_first_use(void) {
    return PyModuleDef_Init(&definition);
}
