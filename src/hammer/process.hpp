// A call may fork. The child is a copy of whoever tests, which has no business going on.
#pragma once

#include <cstdint>

namespace ungil::hammer {

// The calling process is the one that tests.
void remember_process() noexcept;

// Whether the calling process is a copy of that one.
bool is_forked() noexcept;

// Ends the process, and nothing is written or flushed, if it is a copy of that one.
void end_if_forked() noexcept;

// From now on, the calling process is killed when the thread that started it ends, and with it the process of that
// thread, however that comes. Linux only; elsewhere it does nothing.
void end_with_parent() noexcept;

// The address of what handles a signal; 0 for the default action.
std::uintptr_t handler_of(int signal) noexcept;

} // namespace ungil::hammer
