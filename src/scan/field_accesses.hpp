#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

// What code does to a field. The order is that of harm.
enum class FieldAction : uint8_t {
    Atomic,  // through an atomic operation
    Tested,  // it is compared with nothing, or asserted: it is not followed
    Read,    // its value is used
    Address, // `&self->field`: whoever gets it may do anything
    Flag,    // `self->closed = 1`: a number that stands in the source
    Deep,    // what it points to or holds is written: `self->items[i] = x`, `self->map.clear()`
    Write,   // `self->field = x`
    Update,  // `self->field++`, `self->field += x`: read and written
    Release, // Py_CLEAR, Py_SETREF, Py_DECREF, free: what it held is given up
};

// `variable->field...`: one use of the first field of a chain.
struct FieldAccess {
    std::string_view variable; // what the chain begins with; empty when that is neither a variable nor a cast of one
    std::string_view cast;     // the type in `((Shelf *)op)->items`
    uint32_t first;            // the first token of the chain
    uint32_t field;            // the token of the field's name; of `DIMS(x)[i] = n` that of the function's name
    uint32_t last;             // one past the chain
    uint32_t node;             // the statement
    FieldAction kind;          // what is done to the last link of the chain
    bool deeper;               // there is more than one link

    // What that means for the first field: writing `self->state->x` changes what self holds.
    FieldAction kind_of_first() const {
        bool writes = kind == FieldAction::Write || kind == FieldAction::Update || kind == FieldAction::Release;
        return deeper && writes ? FieldAction::Deep : kind;
    }
};

// The uses of fields in a function, in source order.
std::vector<FieldAccess> find_accesses(const Tree& tree, const Function& function);

} // namespace ungil::scan
