// Where threads stand in native code, written when a signal asks for it: the last words of a process that hangs.
#pragma once

#include <string>

namespace ungil::hammer {

// From now on the signal has each thread that called take_part_in_stacks() write the addresses of its frames to the file:
// a line "thread N" and then a line for each frame, innermost first. Where that cannot be had, says why, else "".
std::string write_stacks_on(int signal, int file);

// The calling thread is thread `number` of those.
void take_part_in_stacks(int number) noexcept;

} // namespace ungil::hammer
