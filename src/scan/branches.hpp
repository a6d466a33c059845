#pragma once

#include "scan/preprocessor.hpp"

namespace ungil::scan {

// The alternatives of a file's #if groups, noted while the preprocessor reads them.
class Branches {
  public:
    Branches(const Text& text, const Tokens& tokens) : text_(text), tokens_(tokens) {}

    // Starts an alternative at an output token and returns its number.
    uint32_t open(Range directive, uint32_t at, uint32_t previous, uint32_t outer);
    void close(uint32_t branch, uint32_t at) { branches_[branch].tokens.last = at; }

    // The output is cut off here: what was read of later alternatives, and of the groups in them, is gone.
    void shorten(uint32_t end);

    // `#define NAME_H` right behind an `#ifndef NAME_H` that no group encloses makes that an include guard.
    void note_define(std::string_view name, uint32_t at);

    bool names_gil(Range directive) const;
    std::vector<Branch> take() { return std::move(branches_); }

  private:
    std::string_view word(uint32_t index) const { return text_.at(tokens_.directive_tokens[index]); }

    const Text& text_;
    const Tokens& tokens_;
    std::vector<Branch> branches_;
};

} // namespace ungil::scan
