#include "hammer/native_stacks.hpp"

#if defined(__linux__) && __has_include(<execinfo.h>)

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <execinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ungil::hammer {

namespace {

constexpr int max_threads = 8;
constexpr int max_frames = 64;

std::atomic<int> output{-1};
std::atomic<pid_t> takes_part[max_threads]; // relaxed, all of them: a signal orders nothing that is read here

pid_t this_thread() noexcept {
    return static_cast<pid_t>(syscall(SYS_gettid));
}

void write_own(int number) noexcept {
    void* frames[max_frames];
    char line[64];
    const int file = output.load(std::memory_order_relaxed);
    const int depth = backtrace(frames, max_frames);
    const int length = std::snprintf(line, sizeof line, "thread %d\n", number);
    (void)!write(file, line, static_cast<std::size_t>(length));
    for (int frame = 0; frame < depth; ++frame) {
        const int end = std::snprintf(line, sizeof line, "%#zx\n", reinterpret_cast<std::size_t>(frames[frame]));
        (void)!write(file, line, static_cast<std::size_t>(end));
    }
}

// The process gets the signal once and hands it on; a thread that gets it from its own process writes.
void on_signal(int signal, siginfo_t* info, void*) {
    const int error = errno;
    for (int number = 0; number < max_threads; ++number) {
        const pid_t thread = takes_part[number].load(std::memory_order_relaxed);
        if (info->si_code != SI_TKILL && thread) {
            syscall(SYS_tgkill, getpid(), thread, signal);
        } else if (info->si_code == SI_TKILL && thread == this_thread()) {
            write_own(number);
        }
    }
    errno = error;
}

} // namespace

std::string write_stacks_on(int signal, int file) {
    void* frame;
    backtrace(&frame, 1); // loads what it needs, which a signal handler must not
    output.store(file, std::memory_order_relaxed);
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    return sigaction(signal, &action, nullptr) == 0 ? "" : "the signal cannot be used";
}

void take_part_in_stacks(int number) noexcept {
    if (number >= 0 && number < max_threads) {
        takes_part[number].store(this_thread(), std::memory_order_relaxed);
    }
}

} // namespace ungil::hammer

#else

namespace ungil::hammer {

std::string write_stacks_on(int, int) {
    return "native stacks are written on Linux with glibc only";
}
void take_part_in_stacks(int) noexcept {}

} // namespace ungil::hammer

#endif
