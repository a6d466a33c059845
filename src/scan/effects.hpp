#pragma once

#include "scan/field_accesses.hpp"
#include "scan/owners.hpp"
#include "scan/reach.hpp"
#include "scan/types.hpp"

namespace ungil::scan {

// One use of a field, with the type that has it and where the object comes from.
struct FieldUse {
    const Record* record;
    const Variable* field;
    FieldAction kind;
    Owner owner;
    uint32_t access; // index into Body::accesses
    bool locked;
    bool held; // the object was reached through a field of another one
};

// What calling a function does to the object of one of its parameters, without a lock, itself or through what it calls.
struct Effect {
    int32_t parameter;
    const Record* record;
    const Variable* field;
    FieldAction kind;
    uint32_t token;       // the access, or the call that leads to it
    std::string_view via; // the called function, or empty
};

// Who changes a field, at run time, and how many places use it.
struct FieldHistory {
    std::vector<Place> changers;  // at most kMostChangers
    std::vector<Place> replacers; // the same, of those that replace what it points to
    uint32_t guarded = 0;
    uint32_t unguarded = 0;
};

struct Summary {
    std::vector<FieldUse> uses;
    std::vector<Effect> effects;
    // Bits, one for each parameter that may be an object which other threads have too.
    uint32_t shared = 0;
    uint32_t adopted = 0;     // of those, the ones that a caller did not get from its own caller
    uint32_t initialised = 0; // shared only if __init__ is called again on an object that is in use
};

struct Effects {
    PerFunction<Summary> summaries;
    PerFunction<uint8_t> reach;
    std::unordered_map<const Variable*, FieldHistory> history;
};

Effects find_effects(const std::vector<FileFacts>& files, const Types& types, unsigned threads);

// Is a lock held at a token, or does the function's name say that its callers hold one?
bool is_locked(const Function& function, const Body& body, uint32_t token);

// A pointer to something that Python counts references of.
bool holds_object(const Types& types, const Tree& tree, const Variable& field);

} // namespace ungil::scan
