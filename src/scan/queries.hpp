#pragma once

#include "scan/handles.hpp"

namespace ungil::scan {

// What Python asks of a project: answers are handles, made when asked for.

Span span(const Tree& tree, Range range);
Span token_span(const Tree& tree, uint32_t token);

// The locks that a function holds at one of its tokens, and those that it holds at both places of a lazy fill.
std::vector<LockHandle> locks_at(const FunctionHandle& function, uint32_t token);
std::vector<LockHandle> locks_at_both(const LazyFillHandle& fill);

// The locks that the functions of a file take, in source order.
std::vector<LockHandle> locks_taken(const FileHandle& file);

// The expressions between commas that no bracket encloses.
std::vector<ValueHandle> values(const FunctionHandle& function, Range expressions);

// What the function returns, one value for each `return` with an expression other than NULL.
std::vector<ValueHandle> returns(const FunctionHandle& function);

std::vector<FunctionHandle> resolve(const FunctionHandle& function, const std::string& name);
std::vector<CallHandle> callers(const FunctionHandle& function);
std::vector<VariableHandle> variables(const FileHandle& file);

// The variables with static storage that are written while the module is in use, and the uses of one of them.
std::vector<VariableHandle> mutable_statics(const ProjectHandle& project);
std::vector<AccessHandle> accesses(const VariableHandle& variable);

// C++ variables with static or thread storage that hold an object of a binding library, or whose initializer calls Python.
std::vector<VariableHandle> object_statics(const ProjectHandle& project);

// The locks held at an access, and where a caller handed the variable over, there.
std::vector<LockHandle> locks_at(const AccessHandle& access);

} // namespace ungil::scan
