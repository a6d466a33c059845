#pragma once

#include "scan/body.hpp"

#include <string>

namespace ungil::scan {

// What is known to hold of an expression at some place, since a condition around or before it says so.
struct Fact {
    std::string_view predicate; // `PyTuple_Check`; empty where the expression itself is true, or is not NULL
    std::string_view subject;   // the first argument, or the expression
    bool holds;
};

// What the conditions say at a statement: of the branches that enclose it, and of those before it that left.
std::vector<Fact> facts_at(const Tree& tree, const Function& function, uint32_t node);

// What a call's result is assigned to: `list`, `self->items`, `*out`; "return" where it is returned at once; or nothing.
std::string_view target_of(const Tree& tree, const Call& call);

// The operator and operand that a call's result is compared with on the spot: `== 1`; or nothing.
std::string_view comparison_of(const Tree& tree, const Call& call);

} // namespace ungil::scan
