#pragma once

#include "scan/token.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ungil::scan {

// A stretch of code without its places, as a macro's body has none.
using Words = std::vector<std::string_view>;

// One word of what is locked; a parameter of the macro or function stands for the argument at its place.
struct OperandWord {
    std::string_view word;
    int32_t parameter; // or -1
};

bool is_name(std::string_view word);

// The bracket that closes the one at `open`, or one past the words.
uint32_t closing(const Words& words, uint32_t open);

// What stands between the commas of a call, whose parenthesis opens at `open`.
std::vector<Range> arguments(const Words& words, uint32_t open);

// `(PyObject *)(&self->mutex)` is `self->mutex`: what two spellings of one lock have in common.
std::string lock_name(const Words& words);
std::string lock_name(const std::vector<OperandWord>& operand);

// The words of what an expression `x.lock()` locks, when `word` is its `lock`, as a range of `words`; empty if it is none.
Range receiver(const Words& words, uint32_t word);

// The words of a range, those that are `parameters` marked as such; no more than name a lock.
std::vector<OperandWord> operand_of(const Words& words, Range what, const Words& parameters);

// The operand of a macro or function where it is used with the arguments `given`, inside one that has `parameters`.
std::vector<OperandWord> substitute(const std::vector<OperandWord>& operand, const Words& words,
                                    const std::vector<Range>& given, const Words& parameters);

} // namespace ungil::scan
