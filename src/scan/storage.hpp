#pragma once

#include "scan/syntax.hpp"

#include <unordered_set>

namespace ungil::scan {

struct FileFacts;

// How the declarations of a project spell "one per thread": the keywords, and its own macros that stand for them.
class ThreadLocalWords {
  public:
    explicit ThreadLocalWords(const std::vector<FileFacts>& files);

    bool are_in(const Tree& tree, Range specifiers) const;

  private:
    bool is_one(std::string_view word) const;

    std::unordered_set<std::string_view> macros_;
};

// std::atomic<T>, _Atomic(T), atomic_int. Not volatile.
bool is_atomic(const Tree& tree, const Variable& variable);
bool is_volatile(const Tree& tree, const Variable& variable);

// A mutex, a once flag, a key of thread-specific storage: made to be shared.
bool is_synchroniser(std::string_view type);

// Filled by the C API itself, once, when a type, a module or a parser is made: PyTypeObject, PyMethodDef, _PyArg_Parser.
bool is_definition(const Variable& variable);

} // namespace ungil::scan
