// Memory and references that are replaced and released.
#include "mutant.h"

#include <string.h>

// ---- GrowingBuffer: moves to a larger block and frees the old one. Who has loaded the address reads what was freed;
// who appends at the same time overwrites, or writes to what was freed.

typedef struct {
    PyObject_HEAD long* block;
    Py_ssize_t length;
    Py_ssize_t capacity;
} Buffer;

static PyObject* buffer_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    Buffer* self = (Buffer*)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->block = PyMem_New(long, 2);
    if (self->block == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->block[0] = self->block[1] = 1;
    self->length = self->capacity = 2;
    return (PyObject*)self;
}

static void buffer_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyMem_Free(((Buffer*)self)->block);
    type->tp_free(self);
    Py_DECREF(type);
}

static int buffer_grow(Buffer* self) {
    long* larger = PyMem_New(long, self->capacity * 2);
    if (larger == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(larger, self->block, sizeof(long) * (size_t)self->length);
    PyMem_Free(self->block);
    WRITE(self->block, larger);
    self->capacity *= 2;
    return 0;
}

static PyObject* growing_buffer_append(PyObject* object, PyObject* argument) {
    Buffer* self = (Buffer*)object;
    long value;
    int failed = 0;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    LOCK(object);
    if (self->length < self->capacity || (failed = buffer_grow(self)) == 0) {
        self->block[self->length] = value;
        WINDOW(1);
        WRITE(self->length, self->length + 1);
    }
    UNLOCK();
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject* growing_buffer_total(PyObject* object, PyObject* unused) {
    (void)unused;
    Buffer* self = (Buffer*)object;
    long total = 0;
    LOCK(object);
    const long* block = READ(self->block);
    WINDOW(2);
    for (Py_ssize_t index = 0; index < READ(self->length); ++index) {
        total += block[index];
    }
    UNLOCK();
    return PyLong_FromLong(total);
}

static PyMethodDef growing_buffer_methods[] = {
    {"append", growing_buffer_append, METH_O, NULL},
    {"total", growing_buffer_total, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- DoubleClose: frees what it holds if it holds something, then forgets it. Who closes in between frees it again.

typedef struct {
    PyObject_HEAD char* resource;
} Handle;

static PyObject* handle_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((Handle*)self)->resource = PyMem_Malloc(64)) == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return self;
}

static void handle_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyMem_Free(((Handle*)self)->resource);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject* double_close_close(PyObject* self, PyObject* unused) {
    (void)unused;
    LOCK(self);
    char* resource = READ(((Handle*)self)->resource);
    if (resource != NULL) {
        WINDOW(1);
        PyMem_Free(resource);
        WRITE(((Handle*)self)->resource, NULL);
    }
    UNLOCK();
    Py_RETURN_NONE;
}

static PyObject* double_close_closed(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyBool_FromLong(READ(((Handle*)self)->resource) == NULL);
}

static PyMethodDef double_close_methods[] = {
    {"close", double_close_close, METH_NOARGS, NULL},
    {"closed", double_close_closed, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- SetterDecref: an attribute that is loaded, replaced and released in three steps. Two threads that replace the
// same object release it twice; who reads between the load and the reference gets what was freed.

typedef struct {
    PyObject_HEAD PyObject* value; // nobody else holds it
} Attribute;

static PyObject* attribute_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((Attribute*)self)->value = PyBytes_FromString("the first value")) == NULL) {
        Py_CLEAR(self);
    }
    return self;
}

static void attribute_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(((Attribute*)self)->value);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject* setter_decref_set(PyObject* self, PyObject* argument) {
    long number;
    PyObject* value = as_long(argument, &number) ? PyBytes_FromFormat("value %ld", number) : NULL;
    if (value == NULL) {
        return NULL;
    }
    PyObject* before;
    LOCK(self);
    before = READ(((Attribute*)self)->value);
    WINDOW(1);
    WRITE(((Attribute*)self)->value, value);
    UNLOCK();
    Py_DECREF(before);
    Py_RETURN_NONE;
}

static PyObject* setter_decref_get(PyObject* self, PyObject* unused) {
    (void)unused;
    PyObject* value;
    LOCK(self);
    value = READ(((Attribute*)self)->value);
    WINDOW(2);
    Py_INCREF(value);
    UNLOCK();
    return value;
}

static PyMethodDef setter_decref_methods[] = {
    {"set", setter_decref_set, METH_O, NULL},
    {"get", setter_decref_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot growing_buffer_slots[] = {
    {Py_tp_new, buffer_new},
    {Py_tp_dealloc, buffer_dealloc},
    {Py_tp_methods, growing_buffer_methods},
    {0, NULL},
};

static PyType_Slot double_close_slots[] = {
    {Py_tp_new, handle_new},
    {Py_tp_dealloc, handle_dealloc},
    {Py_tp_methods, double_close_methods},
    {0, NULL},
};

static PyType_Slot setter_decref_slots[] = {
    {Py_tp_new, attribute_new},
    {Py_tp_dealloc, attribute_dealloc},
    {Py_tp_methods, setter_decref_methods},
    {0, NULL},
};

#define SPEC(name, struct, slots) {"memory." name, sizeof(struct), 0, Py_TPFLAGS_DEFAULT, slots}

static PyType_Spec growing_buffer_spec = SPEC("GrowingBuffer", Buffer, growing_buffer_slots);
static PyType_Spec double_close_spec = SPEC("DoubleClose", Handle, double_close_slots);
static PyType_Spec setter_decref_spec = SPEC("SetterDecref", Attribute, setter_decref_slots);

RACY_MODULE(memory, &growing_buffer_spec, &double_close_spec, &setter_decref_spec)
