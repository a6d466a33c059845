// AtomicFlag: one bit, alone on its cache line. The idiom for a decision that exactly one thread may take.
//
// Memory order: sequentially consistent throughout, as in checked_int64.hpp; every store pairs with every load and
// exchange. set() and clear() store even where the flag already is so. Without that, a thread that changes something and
// then finds the flag set could go on while another clears the flag and looks for changes, and neither would notice:
// the store is what orders the first one's change before the other one's look.
#pragma once

#include "sync/cache_line.hpp"
#include "sync/raw.hpp"

#include <atomic>

namespace ungil::sync {

struct AtomicFlag {
    alignas(cache_line) std::atomic<bool> value{false};
};

static_assert(std::atomic<bool>::is_always_lock_free, "a hidden lock would be a second word");

void bind_atomic_flag(nb::module_& m);

} // namespace ungil::sync
