#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

// Starts the record whose brace stands at `open`, named by the tokens [head, open). Returns its index in tree.records.
uint32_t open_record(Tree& tree, Range head, std::string_view name, uint32_t open);

// Reads one member declaration of a record, without its semicolon.
void add_members(Tree& tree, uint32_t record, Range declaration);

// Reads what follows the closing brace, from `after` on: the name that a typedef gives, or variables of the record's type,
// which are members of the enclosing record if there is one. `specifiers` are the tokens before the record's keyword.
void close_record(Tree& tree, uint32_t record, uint32_t after, Range specifiers, const uint32_t* enclosing);

// Is this the name of the C API's first members of an object, or of a macro of this file that stands for them?
bool is_object_head(const Tree& tree, std::string_view word);

} // namespace ungil::scan
