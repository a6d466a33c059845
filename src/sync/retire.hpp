// Freeing memory that readers without a lock may still be looking at.
//
// Such readers leave no trace, so nobody can know when the last of them is done. But the interpreter knows a moment at
// which none is: when the cyclic garbage collector has stopped the world, every thread is at a safe point, and a reader
// is only between two of them. So memory that has been replaced is given to a small Python object that only the
// collector can free: its reference count is deferred, and there is no reference to it. It is found unreachable while
// the world stands still, after every thread that saw the old pointer has moved on.
//
// Under the GIL there are no such readers, and the memory is freed at once. After gc.disable() or gc.freeze() nothing
// that is retired is freed: like every circle of objects.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>

namespace ungil::sync {

// Frees `memory` by free(memory) when no reader can have it any more. Call it after the last pointer that readers start
// from was replaced, and hold no lock: it may run the collector, to keep what is retired from piling up where programs
// make no garbage of their own. `size` in bytes.
void retire(void* memory, std::size_t size, void (*free)(void*) noexcept) noexcept;

void bind_retired(nanobind::module_& m);

} // namespace ungil::sync
