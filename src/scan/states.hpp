#pragma once

#include "scan/queries.hpp"

namespace ungil::scan {

// What Python asks about the thread state and about preprocessor branches.

// Is the thread detached at this token, by the function itself or by whoever runs it?
bool is_detached(const FunctionHandle& function, uint32_t token);

std::vector<RegionHandle> regions(const FileHandle& file);
std::vector<CallHandle> calls_in(const RegionHandle& region);
std::vector<CallHandle> detached_calls(const FileHandle& file);

// The conditions under which the token is compiled, outermost last: `_WIN32`, `!Py_LIMITED_API`, `PY_VERSION_HEX >= 0x030D0000`.
std::vector<std::string> conditions(const Tree& tree, uint32_t token);
std::vector<std::string> branch_conditions(const Tree& tree, uint32_t branch);

} // namespace ungil::scan
