#pragma once

#include "scan/lock_operand.hpp"
#include "scan/lock_verbs.hpp"
#include "scan/project.hpp"

namespace ungil::scan {

// What a macro or a function of the project does to one lock and leaves that way.
struct LockEffect {
    LockVerb verb;
    std::vector<OperandWord> operand;
    bool leaves = false; // a macro that releases the lock and then leaves the function
};

using LockEffects = std::vector<LockEffect>;

// What the names of a project do to locks: its macros and small functions, seen through each other, and its guard classes.
class LockWords {
  public:
    LockWords(const std::vector<FileFacts>& files, const Names& names);

    // What `name` does in a file, or null for nothing. Of several definitions the file's own counts.
    const LockEffects* effects(uint32_t file, std::string_view name) const;

    // Is this a class of the project whose constructor takes a lock and whose destructor releases it?
    bool is_guard_class(std::string_view type) const { return guard_classes_.count(type) != 0; }

  private:
    struct Definition {
        uint32_t file;
        bool is_shared; // other files see it
        LockEffects effects;
    };
    friend class LockWordFinder;

    std::unordered_map<std::string_view, std::vector<Definition>> known_;
    std::unordered_map<std::string_view, LockKind> guard_classes_;
    const Names& names_;
};

} // namespace ungil::scan
