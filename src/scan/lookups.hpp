#pragma once

#include "scan/body.hpp"

namespace ungil::scan {

// A pointer that is found in a table of the project's own, and only then counted.
struct Lookup {
    uint32_t call;   // index into Body::calls, of what counts it: Py_INCREF, Py_NewRef, inc_ref
    uint32_t search; // token of what finds it
};

std::vector<Lookup> find_lookups(const Tree& tree, const Body& body);

} // namespace ungil::scan
