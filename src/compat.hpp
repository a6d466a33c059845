// The room between the two builds: the one file that asks how the interpreter was built.
//
// A free-threaded build and a GIL-enabled build (there under the limited API of 3.12: one abi3 wheel for every version)
// get functions of the same name, so that no other file needs an #if; what costs nothing under the GIL is empty here.
// nanobind does the same for critical sections: nb::ft_object_guard and nb::ft_object2_guard are empty under the GIL.
#pragma once

#include <Python.h>

#if defined(NB_FREE_THREADED) && !defined(Py_GIL_DISABLED)
// Windows headers do not define it by themselves: without it every object would have the wrong layout.
#error "nanobind builds for free threading but Py_GIL_DISABLED is not defined: define it to 1 for this target"
#endif

namespace ungil {

#if defined(Py_GIL_DISABLED)

inline constexpr bool free_threaded = true;

// Takes a reference to an object that another thread may be freeing at this moment; false where it is too late, or
// where enable_try_incref() was never called for it.
//
// `object` must have been read, since this thread last detached or ran Python code, from where other threads replace
// it. Then its memory still is an object, since the interpreter gives no block of the object heap another use before
// every thread has passed a safe point; but it may be another object by now. So the caller reads the place again after
// this and releases the reference unless it is still there. CPython reads lists and dicts without a lock in this way.
inline bool try_incref(PyObject* object) noexcept {
    return PyUnstable_TryIncRef(object) != 0;
}

// Before an object is put where other threads will use try_incref() on it. Once is enough for its life.
inline void enable_try_incref(PyObject* object) noexcept {
    PyUnstable_EnableTryIncRef(object);
}

// Whether the count of references to `object` is deferred from now on: threads that run Python code then use it without
// counting, and only the cyclic garbage collector frees it. False where it was so before or cannot be.
inline bool enable_deferred_refcount(PyObject* object) noexcept {
    return PyUnstable_Object_EnableDeferredRefcount(object) != 0;
}

#else

inline constexpr bool free_threaded = false;

// Whoever holds the GIL and reads a pointer from a place that owns it has an object that lives.
inline bool try_incref(PyObject* object) noexcept {
    Py_INCREF(object);
    return true;
}

inline void enable_try_incref(PyObject*) noexcept {}

inline bool enable_deferred_refcount(PyObject*) noexcept {
    return false;
}

#endif

#if defined(Py_LIMITED_API)

// Whether the interpreter is shutting down and has stopped every other thread. Py_IsFinalizing() is newer than 3.12. No
// error is left: what the shutdown has already taken out of sys answers as well.
inline bool is_finalizing() noexcept {
    PyObject* ask = PySys_GetObject("is_finalizing");
    PyObject* answer = ask ? PyObject_CallNoArgs(ask) : nullptr;
    const bool finalizing = !answer || answer == Py_True;
    Py_XDECREF(answer);
    PyErr_Clear();
    return finalizing;
}

// A named tuple's type, for ever; NULL with an error set.
inline PyTypeObject* make_struct_sequence(PyStructSequence_Desc* description) noexcept {
    return PyStructSequence_NewType(description);
}

// The layout of an int is hidden: the caller takes its general path.
inline bool read_compact_int(PyObject*, Py_ssize_t*) noexcept {
    return false;
}

#else

inline bool is_finalizing() noexcept {
    return Py_IsFinalizing() != 0;
}

// Once in a process: a static type, to which nobody counts references. To one from PyStructSequence_NewType() each tuple
// that is freed does, on one word for all threads.
inline PyTypeObject* make_struct_sequence(PyStructSequence_Desc* description) noexcept {
    static PyTypeObject type;
    return PyStructSequence_InitType2(&type, description) == 0 ? &type : nullptr;
}

// Reads an exact int of one digit without a call; false for every other object, with no error set.
inline bool read_compact_int(PyObject* object, Py_ssize_t* value) noexcept {
    if (!PyLong_CheckExact(object) || !PyUnstable_Long_IsCompact(reinterpret_cast<PyLongObject*>(object))) {
        return false;
    }
    *value = PyUnstable_Long_CompactValue(reinterpret_cast<PyLongObject*>(object));
    return true;
}

#endif

} // namespace ungil
