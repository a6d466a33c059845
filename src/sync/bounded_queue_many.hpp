// Many items by one call: as many in one step as fit, so that the lock and the call cost little for each.
#pragma once

#include "sync/queue_waiting.hpp"

namespace ungil::sync {

// How many of the items were put, as an int: fewer than all where the deadline passed, or where the queue was closed after
// the first. NULL with an error set where it was closed before, and where memory ran out or a signal handler raised: some
// may have been put then.
PyObject* put_all(BoundedQueue& queue, PyObject* items, const Deadline& deadline);

// A list of 1 to `limit` items. NULL with an error set where there is none: nothing was taken then.
PyObject* get_up_to(BoundedQueue& queue, std::int64_t limit, const Deadline& deadline);

} // namespace ungil::sync
