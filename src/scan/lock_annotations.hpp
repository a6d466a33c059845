#pragma once

#include "scan/body.hpp"

namespace ungil::scan {

// Adds the locks that a binding takes around the function that it binds: `.def("add", ..., nb::lock_self())`. The lambda
// among the binding's arguments runs under them.
void find_lock_annotations(const Tree& tree, Body& body);

} // namespace ungil::scan
