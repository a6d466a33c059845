#pragma once

#include "scan/thread_state.hpp"

namespace ungil::scan {

// A name in a function that changes the thread state.
struct StateEvent {
    uint32_t token;
    StateVerb verb;
};

// Walks the tokens of one function with the state that its thread is in. The lambdas, by their braces, run detached.
void walk_states(const Tree& tree, const Function& function, const std::vector<StateEvent>& events,
                 const std::vector<uint32_t>& detached_lambdas, ThreadStates& out);

} // namespace ungil::scan
