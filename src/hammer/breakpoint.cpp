#include "hammer/breakpoint.hpp"

#if defined(__linux__) && defined(__x86_64__)

#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ungil::hammer {

namespace {

perf_event_attr before(std::uintptr_t address) noexcept {
    perf_event_attr event{};
    event.size = sizeof event;
    event.type = PERF_TYPE_BREAKPOINT;
    event.bp_type = HW_BREAKPOINT_X;
    event.bp_addr = address;
    event.bp_len = sizeof(long); // what the kernel asks for with HW_BREAKPOINT_X
    event.sample_period = 1;
    event.sigtrap = 1;
    event.remove_on_exec = 1; // the kernel asks for this with sigtrap
    event.exclude_kernel = 1;
    event.exclude_hv = 1;
    event.disabled = 1;
    return event;
}

} // namespace

void Breakpoint::close() noexcept {
    if (event_ >= 0) {
        ::close(event_);
        event_ = -1;
    }
}

bool Breakpoint::open() noexcept {
    close();
    // Some address has to be named; it is disabled until set().
    perf_event_attr event = before(reinterpret_cast<std::uintptr_t>(&before));
    event_ = static_cast<int>(syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
    return event_ >= 0;
}

void Breakpoint::set(std::uintptr_t address) noexcept {
    perf_event_attr event = before(address);
    ioctl(event_, PERF_EVENT_IOC_MODIFY_ATTRIBUTES, &event);
    ioctl(event_, PERF_EVENT_IOC_ENABLE, 0);
    set_ = true;
}

void Breakpoint::clear() noexcept {
    if (set_) {
        ioctl(event_, PERF_EVENT_IOC_DISABLE, 0);
        set_ = false;
    }
}

} // namespace ungil::hammer

#else

namespace ungil::hammer {

void Breakpoint::close() noexcept {}
bool Breakpoint::open() noexcept {
    return false;
}
void Breakpoint::set(std::uintptr_t) noexcept {}
void Breakpoint::clear() noexcept {}

} // namespace ungil::hammer

#endif
