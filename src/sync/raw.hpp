// What a type with raw slots needs from nanobind and from the C API.
//
// A method in Py_tp_methods is called by the interpreter directly: a third of the time of one bound with .def(), which
// looks through overloads first. The price is that nothing stands between Python and the function any more, so
//   - make() is the type's __new__: there is no instance without a C++ value, and no method has to check for one;
//   - every function lets no C++ exception out and returns NULL with an error set: nobody would translate it. What may
//     run Python code or wait is not noexcept all the same. Until 3.13 the interpreter ends a daemon thread that comes
//     back to it during shutdown by unwinding its stack, and the process with it where it meets a noexcept function;
//   - the receiver's type is checked by the interpreter, arguments are not.
#pragma once

#include "compat.hpp"

#include <nanobind/nanobind.h>

#include <cstdint>
#include <new>
#include <optional>

namespace ungil::sync {

namespace nb = nanobind;

// The C++ value inside a Python object of its type or of a subclass: behind the header of PyObject and the eight bytes
// of nanobind, at the next address that T may have. nb::inst_ptr() says the same by a call, which is a fifth of the time
// of AtomicReference.get(). make() compares the two, so a nanobind with another layout is an error, not a wild pointer.
template <typename T>
T& payload(PyObject* self) noexcept {
    const std::uintptr_t header_end = reinterpret_cast<std::uintptr_t>(self) + sizeof(PyObject) + 8;
    return *reinterpret_cast<T*>((header_end + alignof(T) - 1) & ~(alignof(T) - 1));
}

// __new__ that ignores its arguments, as list.__new__ does: __init__ of a subclass may take others.
//
// A new block is zero, and nanobind waits for a lock before it returns: a garbage collection may see the object before T
// is constructed, so T must read all zeros as empty. A block from a pool still has what a destroyed T left, but nothing
// happens then between the moment that the collector tracks it and the construction.
//
// Every type has nb::pooled(), a few dead objects for each thread: without it nanobind enters each object in one of a
// few maps of its own, by address, and two threads that make and drop objects meet there as often as not.
template <typename T>
PyObject* make(PyTypeObject* type, PyObject*, PyObject*) noexcept {
    try {
        nb::object self = nb::inst_alloc(reinterpret_cast<PyObject*>(type));
        if (nb::inst_ptr<T>(self) != &payload<T>(self.ptr())) {
            PyErr_SetString(PyExc_SystemError, "ungil was built with a nanobind whose objects have another layout");
            return nullptr;
        }
        new (nb::inst_ptr<void>(self)) T();
        nb::inst_mark_ready(self);
        return self.release().ptr();
    } catch (nb::python_error& error) {
        error.restore();
        return nullptr;
    }
}

template <typename Function>
PyType_Slot slot(int id, Function* function) noexcept {
    return {id, reinterpret_cast<void*>(function)};
}

using FastFunction = PyObject*(PyObject*, PyObject* const*, Py_ssize_t);

// PyMethodDef has one field for functions of every signature; the way through void(*)() tells compilers that it is
// meant.
inline PyCFunction fast(FastFunction* function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

inline PyCFunction with_keywords(PyCFunctionWithKeywords function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

// For METH_FASTCALL | METH_KEYWORDS.
using KeywordFunction = PyObject*(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

inline PyCFunction fast(KeywordFunction* function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

// as_int64() of what is not an exact int of one digit: false with an error set where there is no such value.
bool read_int64(PyObject* object, std::int64_t* value, const char* too_big);

// An int, or anything with __index__, as 64 bits; nothing, with TypeError or OverflowError(too_big) set, where it is
// not. May run Python code: convert arguments before reading the value they are meant for.
//
// Inline, and calling what fills a variable: an optional that comes out of a call is written to memory in two parts and
// read back as one (GCC 12), for which the processor waits longer than the addition takes.
inline std::optional<std::int64_t>
as_int64(PyObject* object, const char* too_big = "int does not fit into 64 bits: pass -2**63 to 2**63 - 1") {
    Py_ssize_t compact = 0;
    if (read_compact_int(object, &compact)) {
        return compact;
    }
    std::int64_t value = 0;
    return read_int64(object, &value, too_big) ? std::optional(value) : std::nullopt;
}

// False with TypeError set unless there are from `least` to `most` positional arguments.
bool takes(const char* method, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most);

inline bool takes_two(const char* method, Py_ssize_t count) {
    return takes(method, count, 2, 2);
}

// Sets KeyError(key) and returns NULL. Its argument is a tuple with the key, which alone, where it is a tuple itself,
// would be taken for several arguments.
PyObject* refuse_key(PyObject* key);

// The one optional argument of __init__(value=...): borrowed from the caller's tuple or dict, or `missing` where it was
// left out. NULL with TypeError set for any other arguments. `format` is PyArg_ParseTupleAndKeywords' "|O:" and the
// type's name.
PyObject* initial_value(PyObject* args, PyObject* kwargs, const char* format, PyObject* missing);

// "Name(text)" with the name of self's own type; NULL where text is NULL, whose reference it takes.
PyObject* repr_as_call(PyObject* self, PyObject* text);

// __reduce__ that refuses: what is shared by threads cannot be sent as bytes. Serves copy, deepcopy and pickle.
PyObject* refuse_reduce(PyObject* self, PyObject*);

} // namespace ungil::sync
