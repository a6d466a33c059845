#pragma once

#include "scan/body.hpp"

namespace ungil::scan {

// A call or macro that takes or releases a lock, known by its name: of the C API, an operating system or a library.
struct LockVerb {
    bool takes;
    LockKind kind;
    LockForm form;
    uint8_t operand = 0; // index of the first argument that is locked
    bool tries = false;  // it may come back without the lock
};

const LockVerb* find_lock_verb(std::string_view name);

// Types whose variables hold a lock for as long as they live.
struct GuardType {
    LockKind kind;
    bool certain; // known, not only named like one
};

// A type that is known to be a guard, or whose name says so.
bool find_guard_type(std::string_view name, GuardType& guard);

// Does a name say that it is a lock: `cache_mutex`, `_lock`?
bool names_a_lock(std::string_view name);

// Of `pool_unlock` the name that takes what it releases, `pool_lock`; empty if the name is no such word.
std::string name_that_takes(std::string_view name);

// Does a function's name say that its caller holds the lock: `push_locked`, `pop_lock_held`, `grow_unlocked`?
bool says_locked(std::string_view name);

// What is left of a name when case and underscores do not count.
std::string plain(std::string_view name);

} // namespace ungil::scan
