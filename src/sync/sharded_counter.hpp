// ShardedCounter: a ShardedSum as a Python object. The idiom for an object that is shared so widely that counting the
// references to it costs more than its methods.
//
// A method call on an attribute or a global takes a reference to the object and drops it again: two locked instructions
// on one cache line, from every core, which is all that the sum avoids. With its count deferred, threads that run
// Python code use the object without counting. Only the cyclic garbage collector can free it then, so
//
//   1. the type takes part in garbage collection, though it holds no references;
//   2. the count becomes deferred when the second thread adds, for ever: what one thread makes, uses and drops is freed
//      at once, as anything else.
#pragma once

#include "sync/raw.hpp"
#include "sync/sharded_sum.hpp"

namespace ungil::sync {

struct ShardedCounter {
    ShardedSum value;
};

void bind_sharded_counter(nb::module_& m);

} // namespace ungil::sync
