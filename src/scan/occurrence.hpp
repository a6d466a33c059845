#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

enum class AccessKind : uint8_t {
    Read,
    Write,   // `v = x`, `v[i] = x`, `v->n = x`, strcpy(v, x)
    Update,  // `v++`, `v += x`, `v.push_back(x)`: a read and a write
    Swap,    // Py_CLEAR(v), Py_XSETREF(v, x): a read, a write and the end of what was there
    Address, // `&v`, or an array's name, goes somewhere
    Atomic,  // an atomic operation on it
};

// What a comparison says about an expression when it holds: `!v`, `v == NULL`, `v == -1` that there is nothing in it yet.
enum class Says : uint8_t { Nothing, IsEmpty, IsSet };

// What a function does with a variable where it names it.
struct Occurrence {
    AccessKind kind = AccessKind::Read;
    bool part = false; // a field or an element of it
    bool deep = false; // what it points to, not the variable itself
    Says says = Says::Nothing;
    std::string_view field;  // the last field: `v.a[0].b` is b
    std::string_view method; // the C++ method that is called on it
    std::string_view callee; // what gets it as an argument
    uint32_t argument = 0;   // as which argument
    Range chain;             // the whole expression: `v.a[0].b`
    Range index;             // between its first brackets
    uint32_t value = 0;      // of a write: the first token of what is stored
};

// Reads what stands around the name at `token`.
Occurrence read_occurrence(const Tree& tree, uint32_t token, bool is_array);

// Another name for a variable: a pointer to it, or a reference.
struct Alias {
    std::string_view name;
    bool is_reference;
};

// The local that `p = &v` or `T &p = v` makes another name for v, at v's token; without a name where none is made.
Alias alias_made(const Tree& tree, const Occurrence& occurrence, bool is_array);

// Makes what `p->x = 1` does to p what it does to the variable that `p` points to. False if it only uses the pointer.
bool through_pointer(Occurrence& occurrence);

} // namespace ungil::scan
