#pragma once

#include "scan/queries.hpp"

namespace ungil::scan {

// The last name of the type of a variable that a function sees: a local, a parameter, a static of its file, a member of its
// class. Empty when it is none of them.
std::string_view type_of(const FunctionHandle& function, std::string_view name);

// The last name of the object that a member function is called on, as `x` in `x.f()` and `this->x->f()`; else empty.
std::string_view receiver(const CallHandle& call);

// The last name before `::`, as `std` in `std::f()`; else empty.
std::string_view qualifier(const CallHandle& call);

} // namespace ungil::scan
