#include "hammer/process.hpp"

#if defined(_WIN32)

namespace ungil::hammer {

void remember_process() noexcept {}
void end_if_forked() noexcept {}

} // namespace ungil::hammer

#else

#include <atomic>
#include <sys/types.h>
#include <unistd.h>

namespace ungil::hammer {

namespace {

std::atomic<pid_t> testing{0}; // relaxed: threads of the crew begin after it is set

} // namespace

void remember_process() noexcept {
    testing.store(getpid(), std::memory_order_relaxed);
}

void end_if_forked() noexcept {
    if (getpid() != testing.load(std::memory_order_relaxed)) {
        _exit(0);
    }
}

} // namespace ungil::hammer

#endif
