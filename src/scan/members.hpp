#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

// A use of a member that belongs to the interpreter's own structs: `op->ob_refcnt`, `((PyListObject *)x)->ob_item`.
struct Member {
    std::string_view name;
    uint32_t token;
    uint32_t node; // the statement
};

// How a use of a member looks.
struct MemberUse {
    Range owner;           // the expression before the arrow, without a cast to `type`
    std::string_view type; // that the owner is cast to or, for a variable, declared with; empty if neither is seen
    bool written;          // set, or counted up or down
    bool address;          // `&x->m`: whoever gets it may read atomically
};

// Where the expression starts that ends before `end`, no sooner than `limit`: `a.b(c)[d]` starts at a.
uint32_t expression_start(const Tree& tree, uint32_t end, uint32_t limit);

// Is it the name of a member that the interpreter's structs keep to themselves?
bool is_interpreter_member(std::string_view name);

MemberUse describe_member(const Tree& tree, const Function& function, const std::vector<Variable>& locals,
                          const Member& member);

} // namespace ungil::scan
