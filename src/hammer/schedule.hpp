// In which order the threads of a run go on.
//
// A schedule is a list of turns. In a turn one thread runs and every other one waits, until the first of
//   - the thread is about to execute the instruction at `address` for the `hit`-th time since its turn began,
//   - it has completed `calls` of its calls, counted from the beginning of the run,
//   - it sleeps, for a lock or for what another thread does, or takes so long that it may spin for that. It goes on beside
//     the others when it can; its stop is then passed over.
// After the last turn all go on. So one preemption is {A, stop}, {B, all}, {A, all}; a sequential order is turns without
// stops.
#pragma once

#include <cstdint>
#include <vector>

namespace ungil::hammer {

struct Stop {
    std::uintptr_t address = 0; // of an instruction; 0 is no stop
    long hit = 0;               // 1 is the first time
};

struct Turn {
    int thread;
    int calls;
    Stop stop;
};

using Schedule = std::vector<Turn>;

} // namespace ungil::hammer
