// Where threads stand, written when a signal asks for it or the process crashes: the last words of one that is tested.
#pragma once

#include <string>

namespace ungil::hammer {

// From now on the signal has each thread that called take_part_in_stacks() write where it stands, one after the other: a
// line "thread N", a line for each native frame with its address, innermost first, and then whatever the signal `python`
// has that thread write, if that is not 0. Where this cannot be had, says why, else "".
std::string write_stacks_on(int signal, int python, int file);

// The same once the process gets a signal that ends it, for the thread that got it ("crash in thread N") and the others.
// Handlers that are installed later come first, and have to pass the signal on.
std::string write_stacks_of_crash();

// The calling thread is thread `number` of those.
void take_part_in_stacks(int number) noexcept;

} // namespace ungil::hammer
