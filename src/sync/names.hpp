// Names as interned strings, which is what makes looking them up scale.
//
// The interpreter remembers what an attribute's name meant on a type, by the identity of the name. A name made of a C
// string for each call, as PyObject_CallMethod() does it, is new each time: the lookup goes through the type's
// dictionaries and counts references on what all threads share. An interned string is one object, and immortal on a
// free-threaded build, so that nobody counts references to it.
#pragma once

#include "sync/raw.hpp"

namespace ungil::sync {

namespace names {
// Set at import, before any of them is used.
extern PyObject* getstate;
extern PyObject* items;
extern PyObject* keys;
extern PyObject* restore;
extern PyObject* values;
} // namespace names

// What pickle has to keep of an object besides what its type says: the attributes and slots of a subclass, or None. A
// new reference. The type itself has none, and asking for them counts references to a list of the type's.
template <typename T>
PyObject* state_of_subclass(PyObject* self) {
    const bool exact = reinterpret_cast<PyObject*>(Py_TYPE(self)) == nb::type<T>().ptr();
    return exact ? Py_NewRef(Py_None) : PyObject_CallMethodObjArgs(self, names::getstate, nullptr);
}

// Once, when the module has its types: makes the names above, and the types' own names, which every repr() reads.
void intern_names(nb::module_& m);

} // namespace ungil::sync
