#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

// Fills tree.functions and tree.globals from tree.code: what stands at file, namespace and class scope.
void parse_declarations(Tree& tree);

// Reads the statements of a function's body into function.nodes.
void parse_statements(const Tree& tree, Function& function);

} // namespace ungil::scan
