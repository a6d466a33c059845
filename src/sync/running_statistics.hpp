// RunningStatistics: five words that have to change together. The idiom for state that no atomic instruction covers:
// the object's own lock, taken as a critical section, for a few lines of arithmetic at a time.
//
// A critical section is not a mutex. Where its thread detaches - to wait for another lock, to do I/O, whenever Python
// code runs - the interpreter suspends it: the lock is given up and taken again later, and others have been inside. That
// is what makes it impossible to deadlock, and it is why a read and the write that depends on it must not have anything
// between them that might detach. So
//
//   1. Whatever may run Python code (__float__ of an argument, an iterator) or may raise comes before the section or
//      after it, never inside: a section is a block of its own around the arithmetic of moments.hpp.
//   2. push() and the properties: one object, nb::ft_object_guard. Everything that reads takes one snapshot of all five
//      words, and makes Python objects of the copy afterwards.
//   3. merge(): two objects, one nb::ft_object2_guard, which takes both locks in the same order whoever calls, and one
//      where both are the same object. Two guards for one object each, nested, would not do: waiting for the inner
//      one suspends the outer one.
//   4. push_many() calls Python for as long as the iterator likes. It gathers into a local value, without any lock,
//      and merges that in one section: all or nothing, and nobody waits for somebody's generator.
//
// nb::lock_self() among the arguments of .def() is the same section around a whole call. nanobind converts the
// arguments inside it, before the function reads anything, so it keeps 1. where the function's own code does.
//
// fork() finds no thread inside a section, as the interpreter stops all of them at safe points first. But a lock that
// several threads want may have been handed to one that is stopped already (that handoff: cpython gh-144513); in the
// child nobody is left to unlock it. Dicts and lists are no different: what threads fight over, their child leaves alone.
//
// Memory order: ending a section releases and beginning one acquires, so the words are plain ones. Under the GIL the
// guards are empty and 1. is what keeps another thread from coming between.
#pragma once

#include "compat.hpp"
#include "sync/cache_line.hpp"
#include "sync/moments.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

// The lock is in the object's header: a line of its own keeps the words away from the next object's header, not from it.
struct alignas(cache_line) RunningStatistics {
    Moments moments; // guarded by the critical section of the object
};

void bind_running_statistics(nb::module_& m);

} // namespace ungil::sync
