// Putting and getting that waits: look for a few microseconds whether the other end moves, then join the line and sleep.
//
// A signal that arrives while a thread sleeps runs its Python handler. The thread leaves its line before and joins it
// again after, at the front. So a handler that raises interrupts a put() that has put nothing or a get() that has got
// nothing, and the handler may use the same queue. Only where the item was handed over before the thread could leave is
// the call done; the handler then runs after it.
#pragma once

#include "sync/bounded_queue.hpp"

namespace ungil::sync {

// failed: an error is set.
enum class Waited : unsigned char { done, closed, timed_out, failed };

// On `done` the queue owns the reference to `item`, else still the caller. Not: see parking.hpp.
Waited put_or_wait(BoundedQueue& queue, PyObject* item, const Deadline& deadline);

// On `done` the caller owns the reference to *item.
Waited get_or_wait(BoundedQueue& queue, PyObject** item, const Deadline& deadline);

// NULL with the error set that belongs to `waited`, which is not `done`.
PyObject* raise_full_for(Waited waited);
PyObject* raise_empty_for(Waited waited);

} // namespace ungil::sync
