// ungil._sync: the reference extension. One idiom per .hpp/.cpp pair; this file only lists them.
//
// FREE_THREADED in CMakeLists.txt makes nanobind declare Py_MOD_GIL_NOT_USED. That claim holds because each type's header
// states who may touch what of its objects, and because all that the module has besides is
//   - written at import and never again: names.cpp, cache_statistics.cpp, QueueClosed in queue_errors.cpp, the table of
//     nothing in table.cpp, the number of cells in sharded_sum.cpp;
//   - thread-local: update_call.cpp, deep_release.cpp, thread_slot.hpp;
//   - atomic: process.cpp, thread_slot.cpp, retire.cpp, Empty and Full in queue_errors.cpp;
//   - a list under its lock: once_waiters.cpp.
// module_once.hpp sees to it that import happens once.
#include "module_once.hpp"
#include "sync/atomic_flag.hpp"
#include "sync/atomic_integer.hpp"
#include "sync/atomic_reference.hpp"
#include "sync/bounded_queue.hpp"
#include "sync/computations.hpp"
#include "sync/concurrent_cache.hpp"
#include "sync/concurrent_dict.hpp"
#include "sync/deferred.hpp"
#include "sync/lazy.hpp"
#include "sync/names.hpp"
#include "sync/once.hpp"
#include "sync/process.hpp"
#include "sync/retire.hpp"
#include "sync/running_statistics.hpp"
#include "sync/sharded_counter.hpp"

namespace nb = nanobind;

UNGIL_MODULE(_sync, m) {
    m.doc() = "The primitives of ungil: import them from ungil.";
    nb::set_leak_warnings(false); // what a daemon thread holds at exit is never released, and no fault of anybody's
    ungil::sync::count_forks();
    ungil::sync::bind_atomic_flag(m);
    ungil::sync::bind_atomic_integer(m);
    ungil::sync::bind_atomic_reference(m);
    ungil::sync::bind_bounded_queue(m);
    ungil::sync::bind_computation(m);
    ungil::sync::bind_concurrent_cache(m);
    ungil::sync::bind_concurrent_dict(m);
    ungil::sync::bind_deferred(m);
    ungil::sync::bind_lazy(m);
    ungil::sync::bind_once(m);
    ungil::sync::bind_retired(m);
    ungil::sync::bind_running_statistics(m);
    ungil::sync::bind_sharded_counter(m);
    ungil::sync::intern_names(m);
}
