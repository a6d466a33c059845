// The racy instructions are not in this extension: they are in what it calls. Its own code loads an address that nobody
// changes, and calls; between two of its own instructions there is nothing to come between. So a stop in its own text,
// one or many, shows nothing: a call that others make meanwhile happens as a whole before or after its own.
//
// The twins hold the object's lock around the call; what is called is the same.
#include "mutant.h"

#include "bundled.h"
#include "plugin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// ---- BundledLibrary: adds to a number, in a library that it is linked to. What another thread adds between the load and
// the store in tally_add() is overwritten.

typedef struct {
    PyObject_HEAD Tally* tally;
} BundledLibrary;

static PyObject* bundled_library_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((BundledLibrary*)self)->tally = tally_new()) == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return self;
}

static void bundled_library_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    tally_free(((BundledLibrary*)self)->tally);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject* bundled_library_add(PyObject* self, PyObject* argument) {
    long amount;
    if (!as_long(argument, &amount)) {
        return NULL;
    }
    LOCK(self);
    WINDOW(1);
    tally_add(((BundledLibrary*)self)->tally, amount);
    WINDOW(2);
    UNLOCK();
    Py_RETURN_NONE;
}

static PyObject* bundled_library_sum(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyLong_FromLong(tally_sum(((BundledLibrary*)self)->tally));
}

static PyMethodDef bundled_library_methods[] = {
    {"add", bundled_library_add, METH_O, NULL},
    {"sum", bundled_library_sum, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- LoadedPlugin: appends to an array, in a library that it has loaded. Two threads that load the same length write
// to the same place, and one value is lost; two that both find the array full both free it.

typedef struct {
    PyObject_HEAD const Plugin* plugin;
    Log* log;
} LoadedPlugin;

static PyObject* loaded_plugin_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    void* library = dlopen(PLUGIN_PATH, RTLD_NOW | RTLD_LOCAL); // stays loaded
    const Plugin* plugin = library ? dlsym(library, PLUGIN_SYMBOL) : NULL;
    if (plugin == NULL) {
        PyErr_SetString(PyExc_ImportError, dlerror());
        return NULL;
    }
    LoadedPlugin* self = (LoadedPlugin*)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->plugin = plugin;
    self->log = plugin->open();
    if (self->log == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject*)self;
}

static void loaded_plugin_dealloc(PyObject* object) {
    LoadedPlugin* self = (LoadedPlugin*)object;
    PyTypeObject* type = Py_TYPE(object);
    if (self->log != NULL) {
        self->plugin->close(self->log);
    }
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject* loaded_plugin_append(PyObject* object, PyObject* argument) {
    LoadedPlugin* self = (LoadedPlugin*)object;
    long value;
    int done;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    LOCK(object);
    WINDOW(1);
    done = self->plugin->append(self->log, value);
    WINDOW(2);
    UNLOCK();
    return done ? Py_NewRef(Py_None) : PyErr_NoMemory();
}

static PyObject* loaded_plugin_sum(PyObject* object, PyObject* unused) {
    (void)unused;
    LoadedPlugin* self = (LoadedPlugin*)object;
    long sum;
    LOCK(object);
    sum = self->plugin->sum(self->log);
    UNLOCK();
    return PyLong_FromLong(sum);
}

static PyMethodDef loaded_plugin_methods[] = {
    {"append", loaded_plugin_append, METH_O, NULL},
    {"sum", loaded_plugin_sum, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- LibcRandom: a generator whose state libc loads and stores. Two threads that come between the two in nrand48() get
// the same number. There is no window to stop at.

typedef struct {
    PyObject_HEAD unsigned short state[3];
} LibcRandom;

static PyObject* libc_random_next(PyObject* self, PyObject* unused) {
    (void)unused;
    long number;
    LOCK(self);
    number = nrand48(((LibcRandom*)self)->state);
    UNLOCK();
    return PyLong_FromLong(number);
}

static PyMethodDef libc_random_methods[] = {
    {"next", libc_random_next, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- UnicodeWriter: builds a string with a part of the C API that has no lock of its own. Two threads that write to the
// same place inside of the interpreter overwrite each other's text. There is no window to stop at.

typedef struct {
    PyObject_HEAD PyUnicodeWriter* writer;
} UnicodeWriter;

static PyObject* unicode_writer_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((UnicodeWriter*)self)->writer = PyUnicodeWriter_Create(64)) == NULL) {
        Py_CLEAR(self);
    }
    return self;
}

static void unicode_writer_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyUnicodeWriter_Discard(((UnicodeWriter*)self)->writer);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject* unicode_writer_write(PyObject* self, PyObject* text) {
    int failed;
    LOCK(self);
    failed = PyUnicodeWriter_WriteStr(((UnicodeWriter*)self)->writer, text);
    UNLOCK();
    return failed ? NULL : Py_NewRef(Py_None);
}

// What has been written, once; not while others write.
static PyObject* unicode_writer_finish(PyObject* self, PyObject* unused) {
    (void)unused;
    PyUnicodeWriter* fresh = PyUnicodeWriter_Create(64);
    if (fresh == NULL) {
        return NULL;
    }
    PyObject* text = PyUnicodeWriter_Finish(((UnicodeWriter*)self)->writer);
    ((UnicodeWriter*)self)->writer = fresh;
    return text;
}

static PyMethodDef unicode_writer_methods[] = {
    {"write", unicode_writer_write, METH_O, NULL},
    {"finish", unicode_writer_finish, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot bundled_library_slots[] = {
    {Py_tp_new, bundled_library_new},
    {Py_tp_dealloc, bundled_library_dealloc},
    {Py_tp_methods, bundled_library_methods},
    {0, NULL},
};

static PyType_Slot loaded_plugin_slots[] = {
    {Py_tp_new, loaded_plugin_new},
    {Py_tp_dealloc, loaded_plugin_dealloc},
    {Py_tp_methods, loaded_plugin_methods},
    {0, NULL},
};

static PyType_Slot libc_random_slots[] = {{Py_tp_methods, libc_random_methods}, {0, NULL}};

static PyType_Slot unicode_writer_slots[] = {
    {Py_tp_new, unicode_writer_new},
    {Py_tp_dealloc, unicode_writer_dealloc},
    {Py_tp_methods, unicode_writer_methods},
    {0, NULL},
};

#define SPEC(name, prefix)                                                                                             \
    static PyType_Spec prefix##_spec = {"callee." #name, sizeof(name), 0, Py_TPFLAGS_DEFAULT, prefix##_slots}

SPEC(BundledLibrary, bundled_library);
SPEC(LoadedPlugin, loaded_plugin);
SPEC(LibcRandom, libc_random);
SPEC(UnicodeWriter, unicode_writer);

RACY_MODULE(callee, &bundled_library_spec, &loaded_plugin_spec, &libc_random_spec, &unicode_writer_spec)
