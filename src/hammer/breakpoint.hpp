// A hardware breakpoint for one thread: the processor traps before the instruction at an address, and only there.
//
// perf_event_open() with PERF_TYPE_BREAKPOINT and sigtrap (Linux 5.13): the kernel sends SIGTRAP to the very thread, with
// si_code TRAP_PERF. An unprivileged process may do this to itself; container runtimes often forbid the call.
#pragma once

#include <cstdint>

namespace ungil::hammer {

class Breakpoint {
  public:
    Breakpoint() = default;
    ~Breakpoint() { close(); }
    Breakpoint(const Breakpoint&) = delete;
    Breakpoint& operator=(const Breakpoint&) = delete;

    // For the calling thread; false, with errno set, where the kernel refuses.
    bool open() noexcept;
    void close() noexcept;
    bool is_open() const noexcept { return event_ >= 0; }

    // From the thread itself or its signal handler: system calls and nothing else.
    void set(std::uintptr_t address) noexcept;
    void clear() noexcept;

  private:
    int event_ = -1;
    bool set_ = false;
};

} // namespace ungil::hammer
