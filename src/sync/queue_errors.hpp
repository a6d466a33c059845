// What a queue raises: its own exception when it is closed, queue.Empty and queue.Full otherwise.
#pragma once

#include <nanobind/nanobind.h>

namespace ungil::sync {

// Each returns NULL with the error set.
PyObject* raise_closed();
PyObject* raise_empty();
PyObject* raise_full();

// QueueClosed, once, at import.
void bind_queue_closed(nanobind::module_& m);

} // namespace ungil::sync
