#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

enum class ClassMemberUseKind : uint8_t {
    Read,
    Write,  // it is set: `count_ = 1`, `++count_`, `items_[i] = x`
    Mutate, // a method changes it: `items_.push_back(x)`
};

// Those that a framework shows to Python, or those of which a function returns its one static object:
// `static Registry& instance() { static Registry registry; return registry; }`.
enum class Classes : uint8_t { Bound, Singletons };

// What a method of such a class does with one of the object's own data members.
struct ClassMemberUse {
    Place method;
    uint32_t token;
    const Record* record;
    const Variable* field;
    ClassMemberUseKind kind;
    bool locked;  // a lock is held there
    bool element; // of the member, not all of it: `items_[i]`
};

// In all methods but constructors and destructors, in the order of files and methods.
std::vector<ClassMemberUse> find_class_member_uses(const std::vector<FileFacts>& files, Classes which);

} // namespace ungil::scan
