// The lock of a Cython mutant: there in the twin, and nothing otherwise.
#pragma once

#include <Python.h>

#include "window.h"

typedef struct {
    PyMutex mutex; // zero is unlocked, and a new object is zero
} OptionalLock;

#ifdef TWIN
#define acquire(lock) PyMutex_Lock(&(lock)->mutex)
#define release(lock) PyMutex_Unlock(&(lock)->mutex)
#else
#define acquire(lock) ((void)(lock))
#define release(lock) ((void)(lock))
#endif
