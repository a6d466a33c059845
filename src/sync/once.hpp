// Once: a OnceGate (once_gate.hpp) for Python. The idiom for a method that calls Python while other threads wait for it:
// nothing is locked meanwhile, a word says who is at work.
#pragma once

#include "sync/once_gate.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

struct Once {
    OnceGate gate;
};

void bind_once(nb::module_& m);

} // namespace ungil::sync
