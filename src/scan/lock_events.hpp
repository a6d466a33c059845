#pragma once

#include "scan/lock_words.hpp"

namespace ungil::scan {

// One thing that happens to a lock at one token of the function.
struct LockEvent {
    uint32_t token;
    uint32_t node;
    LockVerb verb;
    Range operands;
    std::string name;
    std::string_view guard; // of a guard, its variable
    bool leaves = false;    // a macro that releases and returns
    bool guessed = false;
    bool deferred = false; // a guard that does not lock yet
};

// What a function does to locks, in the order of its tokens.
std::vector<LockEvent> find_lock_events(const LockWords& words, uint32_t file, const Tree& tree,
                                        const Function& function, const Body& body);

} // namespace ungil::scan
