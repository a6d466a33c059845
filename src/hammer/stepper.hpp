// What makes one thread stop before one instruction, and what finds out which instructions a call executes.
//
// A hardware breakpoint of the thread's own (breakpoint.hpp) costs nothing until it is hit. Where the kernel refuses it,
// and to find out what is executed, the thread is single-stepped inside the extension's text; a fence (fence.hpp) tells
// when it comes in. Nothing is written into the code, so other threads run it undisturbed.
//
// Linux on x86-64 only: elsewhere stepping_is_absent() says why, and the rest does nothing.
#pragma once

#include "hammer/breakpoint.hpp"
#include "hammer/schedule.hpp"
#include "hammer/text.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace ungil::hammer {

// Why no thread can be stopped at an instruction; empty where it can.
std::string stepping_is_absent();

// Takes SIGTRAP and SIGSEGV for the stepping, and gives back what others had installed for them. Signals that are not the
// stepping's go to whoever had them before.
void take_signals();
void give_signals_back();

// What is stepped through from now on. No thread may be running a call.
void set_text(Text text);

// Called in the signal handler of a thread that has come to its stop; returns the next one.
class AtStop {
  public:
    virtual Stop at_stop() noexcept = 0;

  protected:
    ~AtStop() = default;
};

// The stops of one thread, which alone calls these functions. What it does until disarm() runs no slower than usual.
class Stepper {
  public:
    explicit Stepper(AtStop& stops) noexcept : stops_(stops) {}
    Stepper(const Stepper&) = delete;
    Stepper& operator=(const Stepper&) = delete;

    // Means the calling thread from now on; with hardware breakpoints, if they are wanted and can be had.
    void is_this_thread(bool breakpoints);
    // The thread has nothing more to do with it.
    void let_go() noexcept;
    bool has_breakpoint() const noexcept { return breakpoint_.is_open(); }

    void arm(const Stop& stop) noexcept;
    void disarm() noexcept;

    // Notes each address that is executed inside the text from now until disarm(), `limit` at most. Only one thread may.
    void trace(std::size_t limit);
    std::vector<std::uintptr_t> take_trace();
    bool trace_was_cut() const noexcept { return wanted_ > trace_.capacity(); }

    // In the signal handler, with the stack pointer. True: execute one instruction, then trap again.
    bool before_instruction(std::uintptr_t address, std::uintptr_t stack) noexcept;
    bool comes_in(std::uintptr_t address, std::uintptr_t stack) noexcept;
    void at_breakpoint(std::uintptr_t address) noexcept;

  private:
    enum class Mode { idle, seeking, tracing };

    bool note(std::uintptr_t address) noexcept;
    void seek(const Stop& stop) noexcept;

    AtStop& stops_;
    Breakpoint breakpoint_;
    Mode mode_ = Mode::idle;
    Stop stop_;
    long hits_ = 0;
    std::uintptr_t entered_ = 0; // the stack pointer where the extension was entered: what is above is its caller's
    std::vector<std::uintptr_t> trace_; // never grows in a signal handler
    std::size_t wanted_ = 0;            // how many addresses there were to note
};

} // namespace ungil::hammer
