#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

// Reads `static PyObject *a = NULL, *b[4];` into its variables. Empty when the tokens do not look like a declaration.
std::vector<Variable> read_variables(const Tree& tree, Range tokens);

// Reads the declarators that follow the body of a struct, `state, *other = &state`, whose specifiers stand before it.
std::vector<Variable> read_variables_after(const Tree& tree, Range tokens, Range specifiers, std::string_view type);

// Reads the parameter list between (but without) its parentheses, prototype or K&R names.
std::vector<Parameter> read_parameters(const Tree& tree, Range tokens);

// `__attribute__((...))`, `noexcept(...)`: stands before the type or after the parameters and names nothing.
bool is_annotation(std::string_view word);

// The index of the first `separator` in `range` that no bracket encloses, or range.last.
uint32_t find_outside_brackets(const Tree& tree, Range range, std::string_view separator);

// The pieces of `range` between separators that no bracket encloses; none when the range is empty.
std::vector<Range> split(const Tree& tree, Range range, std::string_view separator);

} // namespace ungil::scan
