// Releasing what a container held when it goes.
//
// A container in a container in a container: freeing the first one would call the destructor of the next inside its own,
// and before 3.14 a long chain needs more stack than there is. So a destructor hands over what it held, and the outermost
// one releases all of it in a loop. What is handed over inside that loop is released by it too, a little later.
#pragma once

#include <Python.h>

namespace ungil::sync {

// For destructors: takes the reference.
void release_later(PyObject* object) noexcept;

// Last of all in such a destructor. Does nothing inside another one's.
void release_handed_over() noexcept;

} // namespace ungil::sync
