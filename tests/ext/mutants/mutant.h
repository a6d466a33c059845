// What every file of mutants shares.
//
// A mutant is a type or a function that goes wrong when another thread comes between two of its instructions; above
// each stands which two, and what is then lost. With TWIN defined the same file makes their correct twins, which differ
// from them in the lock, and where no lock is missing in the one call or the one order that the preprocessor chooses.
//
// READ and WRITE are one instruction each, which no compiler merges, moves or repeats: the windows of the machine code
// are those of the source. What a released extension would leave to the compiler is the same code on most days.
#pragma once

#include "../racy_module.h"
#include "window.h"

#define READ(place) (*(const volatile __typeof__(place)*)&(place))
#define WRITE(place, value) (*(volatile __typeof__(place)*)&(place) = (value))

#ifdef TWIN
#define LOCK(object) Py_BEGIN_CRITICAL_SECTION(object)
#define UNLOCK() Py_END_CRITICAL_SECTION()
#else
#define LOCK(object) {
#define UNLOCK() }
#endif

// An argument as a number; false with an exception set where it is none.
static inline int as_long(PyObject* argument, long* number) {
    *number = PyLong_AsLong(argument);
    return !(*number == -1 && PyErr_Occurred());
}
