#pragma once

#include "scan/thread_state.hpp"

namespace ungil::scan {

// A name in a function that changes the thread state.
struct StateEvent {
    uint32_t token;
    StateVerb verb;
};

// Does this word leave the function: `return`, `goto`, Py_RETURN_NONE, a macro of the file that returns?
bool leaves_function(const Tree& tree, std::string_view word);

// Does a statement that begins with this word leave its block for certain?
bool is_jump(std::string_view word);

// Is the thread still detached at a label of the function?
bool stays_detached(const Tree& tree, Range body, const ThreadStates& states, std::string_view label);

// Is the brace at `open` the body of a lambda: `[...] {`, `[...](...) mutable -> T {`?
bool is_lambda(const Tree& tree, uint32_t open);

// Walks the tokens of one function with the state that its thread is in. The lambdas, by their braces, run detached.
void walk_states(const Tree& tree, const Function& function, const std::vector<StateEvent>& events,
                 const std::vector<uint32_t>& detached_lambdas, ThreadStates& out);

} // namespace ungil::scan
