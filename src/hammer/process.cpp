#include "hammer/process.hpp"

#if defined(_WIN32)

namespace ungil::hammer {

void remember_process() noexcept {}
bool is_forked() noexcept {
    return false;
}
void end_if_forked() noexcept {}
void end_with_parent() noexcept {}
std::uintptr_t handler_of(int) noexcept {
    return 0;
}

} // namespace ungil::hammer

#else

#include <atomic>
#include <csignal>
#include <sys/types.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace ungil::hammer {

namespace {

std::atomic<pid_t> testing{0}; // relaxed: threads of the crew begin after it is set

} // namespace

void remember_process() noexcept {
    testing.store(getpid(), std::memory_order_relaxed);
}

bool is_forked() noexcept {
    return getpid() != testing.load(std::memory_order_relaxed);
}

void end_if_forked() noexcept {
    if (is_forked()) {
        _exit(0);
    }
}

void end_with_parent() noexcept {
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

std::uintptr_t handler_of(int signal) noexcept {
    struct sigaction action = {};
    sigaction(signal, nullptr, &action);
    return reinterpret_cast<std::uintptr_t>(action.sa_handler); // the same memory as sa_sigaction
}

} // namespace ungil::hammer

#endif
