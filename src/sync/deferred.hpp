// Deferred reference counts: what a long-lived object needs that many threads reach through a global or an attribute.
//
// A lock-free method does not make an object scale. Before `counter.increment()` runs, the interpreter loads `counter`,
// and unless that is a local variable it counts a reference: an atomic addition on the line of the object's header,
// which every other thread wants too. With a deferred count the interpreter's own loads do not count. Only the cyclic
// garbage collector, which sees all stacks while it has stopped all threads, can tell then that the object is unused,
// so only it frees the object, and only an object of a type that it tracks can be deferred.
//
// nanobind's own functions are not deferred here, though calling a method bound by .def() would become a little cheaper.
// They are immortal, and nanobind takes them out of the collector's sight (make_immortal() in its nb_ft.cpp), so one
// would have to track again what its owner untracked on purpose, and hope that no collection ever minds an immortal
// object with a deferred count: neither project documents that. They scale as they are, and what is hot is a raw slot.
// `property` objects do not scale, as CPython 3.14 counts references to them: properties are Py_tp_getset instead.
#pragma once

#include "sync/raw.hpp"

namespace ungil::sync {

// tp_traverse of a type that holds no objects. It is there to make the collector track them, for deferring's sake.
int visit_type(PyObject* self, visitproc visit, void* arg) noexcept;

void bind_deferred(nb::module_& m);

} // namespace ungil::sync
