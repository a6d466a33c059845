// The room between the two builds: the one file that asks how the interpreter was built.
//
// A free-threaded build and a GIL-enabled build (there under the limited API of 3.12: one abi3 wheel for every version)
// get types and functions of the same name, so that no other file needs an #if. What costs nothing under the GIL is
// empty here.
#pragma once

#include <Python.h>

#if defined(NB_FREE_THREADED) && !defined(Py_GIL_DISABLED)
// Windows headers do not define it by themselves: without it every object would have the wrong layout.
#error "nanobind builds for free threading but Py_GIL_DISABLED is not defined: define it to 1 for this target"
#endif

namespace ungil {

#if defined(Py_GIL_DISABLED)

inline constexpr bool free_threaded = true;

// Holds the per-object lock of `object` until the end of the scope.
//
// Unlike a mutex it cannot deadlock with itself or with another section, because the interpreter suspends it whenever
// the thread waits or detaches. So it guards only what happens between two calls that may do so: inside, copy pointers
// and take references; release references, run callbacks and raise errors after it. A scope, because a return between
// Py_BEGIN_CRITICAL_SECTION and Py_END_CRITICAL_SECTION would leave the interpreter a record on a dead stack frame.
class CriticalSection {
  public:
    explicit CriticalSection(PyObject* object) noexcept { PyCriticalSection_Begin(&section_, object); }
    ~CriticalSection() { PyCriticalSection_End(&section_); }
    CriticalSection(const CriticalSection&) = delete;
    CriticalSection& operator=(const CriticalSection&) = delete;

  private:
    PyCriticalSection section_;
};

// One byte, for std::lock_guard. A waiting thread detaches, so a stop-the-world pause is never held up by it.
// Not re-entrant: hold it over plain memory only, never over a call that may run Python code.
class Mutex {
  public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    void lock() noexcept { PyMutex_Lock(&mutex_); }
    void unlock() noexcept { PyMutex_Unlock(&mutex_); }

  private:
    PyMutex mutex_{};
};

#else

inline constexpr bool free_threaded = false;

// The GIL is held from construction to destruction if nothing inside can give it up, as the rule above asks anyway.
class CriticalSection {
  public:
    explicit CriticalSection(PyObject*) noexcept {}
    ~CriticalSection() {} // not defaulted: then a scope that does nothing else would be an unused variable
    CriticalSection(const CriticalSection&) = delete;
    CriticalSection& operator=(const CriticalSection&) = delete;
};

// As above: enough for code that keeps the GIL, which is not code that detaches.
class Mutex {
  public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    void lock() noexcept {}
    void unlock() noexcept {}
};

#endif

#if defined(Py_LIMITED_API)

// The layout of an int is hidden: the caller takes its general path.
inline bool read_compact_int(PyObject*, Py_ssize_t*) noexcept {
    return false;
}

#else

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
