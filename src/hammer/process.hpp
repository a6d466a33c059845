// A call may fork. The child is a copy of whoever tests, which has no business going on.
#pragma once

namespace ungil::hammer {

// The calling process is the one that tests.
void remember_process() noexcept;

// Ends the process, and nothing is written or flushed, if it is a copy of that one.
void end_if_forked() noexcept;

} // namespace ungil::hammer
