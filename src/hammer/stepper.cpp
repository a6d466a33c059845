#include "hammer/stepper.hpp"

#if defined(__linux__) && defined(__x86_64__)

#include "hammer/fence.hpp"

#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <ucontext.h>
#include <utility>

namespace ungil::hammer {

namespace {

constexpr long trap_flag = 0x100; // in EFLAGS: trap after the next instruction
constexpr int trap_perf = 6;      // TRAP_PERF, which older headers lack

Text text;
Fence fence;
volatile sig_atomic_t forked = 0; // in a child of fork() nothing is stopped

// What had a signal before the stepping took it.
struct Others {
    bool replaced = false;
    struct sigaction action = {};
};
Others others_trap, others_segv;

// Read in signal handlers: a model in which the access calls nothing.
__attribute__((tls_model("initial-exec"))) thread_local Stepper* of_this_thread = nullptr;

Stepper* stepper() noexcept {
    return forked ? nullptr : of_this_thread;
}

// To whoever had the signal before. The default action ends the process once this handler has returned: a fault by
// happening again, any other signal by being raised.
void pass_on(int signal, siginfo_t* info, void* context, const struct sigaction& others) {
    if (others.sa_flags & SA_SIGINFO) {
        others.sa_sigaction(signal, info, context);
    } else if (others.sa_handler != SIG_DFL && others.sa_handler != SIG_IGN) {
        others.sa_handler(signal);
    } else if (others.sa_handler == SIG_DFL) {
        sigaction(signal, &others, nullptr);
        if (signal != SIGSEGV || info->si_code <= 0) {
            raise(signal);
        }
    }
}

std::uintptr_t stack_of(const greg_t* registers) noexcept {
    return static_cast<std::uintptr_t>(registers[REG_RSP]);
}

void single_step(greg_t* registers, bool on) noexcept {
    registers[REG_EFL] = on ? registers[REG_EFL] | trap_flag : registers[REG_EFL] & ~trap_flag;
}

void on_trap(int signal, siginfo_t* info, void* context) {
    const int error = errno;
    greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto address = static_cast<std::uintptr_t>(registers[REG_RIP]);
    Stepper* me = stepper();
    if (info->si_code == TRAP_TRACE) {
        single_step(registers, me && me->before_instruction(address, stack_of(registers)));
    } else if (info->si_code == trap_perf) {
        if (me) {
            me->at_breakpoint(address);
        }
    } else {
        pass_on(signal, info, context, others_trap.action);
    }
    errno = error;
}

// The fence is in the way exactly if the address that may not be accessed is that of the instruction.
void on_fault(int signal, siginfo_t* info, void* context) {
    const int error = errno;
    greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto address = static_cast<std::uintptr_t>(registers[REG_RIP]);
    if (info->si_code == SEGV_ACCERR && reinterpret_cast<std::uintptr_t>(info->si_addr) == address &&
        fence.has(address)) {
        fence.lower();
        Stepper* me = stepper();
        single_step(registers, me && me->comes_in(address, stack_of(registers)));
    } else {
        pass_on(signal, info, context, others_segv.action);
    }
    errno = error;
}

void take(int signal, void (*handler)(int, siginfo_t*, void*), Others& others) noexcept {
    struct sigaction now;
    sigaction(signal, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handler) {
        return;
    }
    others = {true, now};
    struct sigaction ours = {};
    ours.sa_sigaction = handler;
    ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigaction(signal, &ours, nullptr);
}

} // namespace

std::string stepping_is_absent() {
    return {};
}

void take_signals() {
    static const int watched = pthread_atfork(nullptr, nullptr, [] {
        forked = 1;
        fence.lower();
    });
    (void)watched;
    take(SIGTRAP, on_trap, others_trap);
    take(SIGSEGV, on_fault, others_segv);
}

void give_signals_back() {
    for (auto [signal, others] : {std::pair(SIGTRAP, &others_trap), std::pair(SIGSEGV, &others_segv)}) {
        if (std::exchange(others->replaced, false)) {
            sigaction(signal, &others->action, nullptr);
        }
    }
}

void set_text(Text stepped) {
    text = std::move(stepped);
    fence.surround(text.home);
}

void Stepper::is_this_thread(bool breakpoints) {
    of_this_thread = this;
    if (breakpoints) {
        breakpoint_.open();
    }
}

void Stepper::let_go() noexcept {
    of_this_thread = nullptr;
    breakpoint_.close();
}

void Stepper::arm(const Stop& stop) noexcept {
    seek(stop);
    if (mode_ == Mode::seeking && !breakpoint_.is_open()) {
        fence.raise();
    }
}

void Stepper::disarm() noexcept {
    mode_ = Mode::idle;
    breakpoint_.clear();
    if (fence.is_up()) {
        fence.lower();
    }
}

void Stepper::trace(std::size_t limit) {
    trace_.clear();
    trace_.reserve(limit);
    wanted_ = 0;
    mode_ = Mode::tracing;
    fence.raise();
}

std::vector<std::uintptr_t> Stepper::take_trace() {
    return std::exchange(trace_, {});
}

void Stepper::seek(const Stop& stop) noexcept {
    stop_ = stop;
    hits_ = 0;
    mode_ = stop.address ? Mode::seeking : Mode::idle;
    if (stop.address && breakpoint_.is_open()) {
        breakpoint_.set(stop.address);
    }
}

bool Stepper::comes_in(std::uintptr_t address, std::uintptr_t stack) noexcept {
    entered_ = stack;
    return mode_ != Mode::idle && before_instruction(address, stack);
}

bool Stepper::before_instruction(std::uintptr_t address, std::uintptr_t stack) noexcept {
    if (mode_ == Mode::idle) {
        return false;
    }
    const bool left = stack > entered_ && !text.is_home(address);
    if (left || !text.is_stepped(address)) {
        fence.raise();
        return false;
    }
    if (mode_ == Mode::tracing) {
        return note(address);
    }
    if (address == stop_.address && ++hits_ == stop_.hit) {
        seek(stops_.at_stop());
    }
    return mode_ == Mode::seeking;
}

bool Stepper::note(std::uintptr_t address) noexcept {
    ++wanted_;
    if (trace_.size() == trace_.capacity()) {
        mode_ = Mode::idle;
        return false;
    }
    trace_.push_back(address);
    return true;
}

void Stepper::at_breakpoint(std::uintptr_t address) noexcept {
    if (mode_ != Mode::seeking || address != stop_.address) {
        breakpoint_.clear();
    } else if (++hits_ == stop_.hit) {
        // Before anything else: what follows, and whatever this thread runs next, may execute that instruction.
        breakpoint_.clear();
        seek(stops_.at_stop());
    }
}

} // namespace ungil::hammer

#else

namespace ungil::hammer {

#if defined(__linux__)
std::string stepping_is_absent() {
    return "threads can be stopped at an instruction on x86-64 only, so far";
}
#else
std::string stepping_is_absent() {
    return "threads can be stopped at an instruction on Linux only, so far";
}
#endif

void take_signals() {}
void give_signals_back() {}
void set_text(Text) {}
void Stepper::is_this_thread(bool) {}
void Stepper::let_go() noexcept {}
void Stepper::arm(const Stop&) noexcept {}
void Stepper::disarm() noexcept {}
void Stepper::trace(std::size_t) {}
std::vector<std::uintptr_t> Stepper::take_trace() {
    return {};
}

} // namespace ungil::hammer

#endif
