#pragma once

#include "scan/lock_words.hpp"

namespace ungil::scan {

// Fills body.locks: which locks the function takes, and at which of its tokens each is held.
void find_locks(const LockWords& words, uint32_t file, const FileFacts& facts, uint32_t function, Body& body);

// Fills body.exits, once the locks are known.
void find_exits(const LockWords& words, uint32_t file, const FileFacts& facts, uint32_t function, Body& body);

// Fills locked_by_callers, once the locks of all functions are known.
void find_locks_of_callers(std::vector<FileFacts>& files, const Names& names);

} // namespace ungil::scan
