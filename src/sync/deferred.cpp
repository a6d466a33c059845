#include "sync/deferred.hpp"

namespace ungil::sync {

namespace {

PyObject* refuse_untracked(PyObject* object) {
    if (PyObject* name = PyType_GetName(Py_TYPE(object))) {
        PyErr_Format(PyExc_TypeError,
                     "cannot defer the reference count of this %U: the garbage collector does not track it, and only "
                     "the collector could free it; defer the object that holds it, or leave the count as it is",
                     name);
        Py_DECREF(name);
    }
    return nullptr;
}

PyObject* defer_refcount(PyObject*, PyObject* object) {
    if (free_threaded) {
        if (!PyObject_GC_IsTracked(object)) {
            return refuse_untracked(object);
        }
        enable_deferred_refcount(object); // false where it was so before, which is as good
    }
    return Py_NewRef(object);
}

constexpr const char* defer_refcount_doc =
    "defer_refcount($module, object, /)\n--\n\n"
    "Stop counting the references that running code takes to object, and return object.\n\n"
    "For what lives as long as the program and what several threads reach through a global or an\n"
    "attribute: `requests = defer_refcount(AtomicInteger())`. Every such use counts a reference\n"
    "otherwise, and threads that count on one object wait for each other, whatever its methods do.\n"
    "A local variable is not counted anyway; `counter += 1` and a container still count.\n\n"
    "The price: object is freed by the cyclic garbage collector alone, some time after its last use,\n"
    "and its memory, finalizers and weak references stay until then. There is no way back.\n\n"
    "Once is enough; again changes nothing. On a GIL-enabled build there is nothing to defer: object\n"
    "is returned as it is, whatever it is. Thread safety: may be called by any thread at any time,\n"
    "but is best called before other threads know the object.\n\n"
    "Raises TypeError, on a free-threaded build, where the collector does not track object: ints,\n"
    "strings and other objects that cannot hold objects, and the immortal ones.";

PyMethodDef functions[] = {
    {"defer_refcount", defer_refcount, METH_O, defer_refcount_doc},
    {nullptr, nullptr, 0, nullptr},
};

} // namespace

int visit_type(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    return 0;
}

void bind_deferred(nb::module_& m) {
    if (PyModule_AddFunctions(m.ptr(), functions) != 0) {
        throw nb::python_error();
    }
}

} // namespace ungil::sync
