#pragma once

#include "scan/effects.hpp"

namespace ungil::scan {

// The uses of fields of known types in one function: those that are not on a fresh object.
std::vector<FieldUse> find_field_uses(const Types& types, const Tree& tree, const Function& function, const Body& body);

} // namespace ungil::scan
