#pragma once

#include "scan/body.hpp"

#include <string>

namespace ungil::scan {

enum class Origin : uint8_t {
    Local,     // an automatic variable
    Parameter, // of the function
    Static,    // a variable with static storage, at file scope or in a function
    Field,     // `self->items`, `state.cache`
    Result,    // of a call, used in place
    Other,     // a constant, arithmetic, something unclear
};

// A call that got a local variable before the point that is asked about.
struct Recipient {
    std::string_view callee;
    uint32_t argument;
    bool by_address;
};

// What one expression stands for, as far as its own function tells.
struct Value {
    std::string_view text;
    std::string
        object; // `text` with a local that only ever stands for one other variable replaced by it: `self->x` is `op->x`
    Origin origin;
    std::string_view name; // of the variable, field or called function
    int32_t parameter;     // of the parameter that the expression is or starts with (`self->x`) the index, or -1
    std::vector<std::string_view>
        producers; // of a local or parameter: what was called for each value that it is given; "" where no call was
    std::vector<Recipient> handed; // of a local or parameter: calls that it was passed to before this point
    bool stored;                   // of a local or parameter: something else was set to it before this point
    // How the project gets at the object: the field, the called function or the static variable itself; of a local or
    // parameter, those of each value that it is given, "" for one that is none of these.
    std::vector<std::string_view> reached;
    bool on_stack; // `&local` or `local.field` of a struct in the function's own frame
};

Value describe(const Tree& tree, const Function& function, const Body& body, Range expression);

} // namespace ungil::scan
