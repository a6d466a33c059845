#include "hammer/native_stacks.hpp"

#include "hammer/process.hpp"

#if defined(__linux__) && __has_include(<execinfo.h>)

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <execinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ungil::hammer {

namespace {

constexpr int max_threads = 8;
constexpr int max_frames = 64;
constexpr int nobody = -1;
constexpr int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr int patience = 200; // milliseconds that a thread gets to write

// Relaxed, all of them: a signal orders nothing that is read here.
std::atomic<int> output{-1};
std::atomic<int> signal_of_all{0};
std::atomic<int> signal_of_python{0};
std::atomic<pid_t> takes_part[max_threads];
std::atomic<bool> crashed{false};
std::atomic<int> written{0};         // threads that have written since they were asked
std::atomic<bool> is_writing{false}; // acquired and released: whoever holds it writes

pid_t this_thread() noexcept {
    return static_cast<pid_t>(syscall(SYS_gettid));
}

int own_number() noexcept {
    for (int number = 0; number < max_threads; ++number) {
        if (takes_part[number].load(std::memory_order_relaxed) == this_thread()) {
            return number;
        }
    }
    return nobody;
}

// Until it is so, or it has taken too long.
template <class Condition>
void wait_until(Condition is_so) noexcept {
    for (int looked = 0; looked < patience && !is_so(); ++looked) {
        const timespec millisecond{0, 1'000'000};
        nanosleep(&millisecond, nullptr);
    }
}

void write_line(const char* format, std::size_t value) noexcept {
    char line[64];
    const int length = std::snprintf(line, sizeof line, format, value);
    (void)!write(output.load(std::memory_order_relaxed), line, static_cast<std::size_t>(length));
}

void write_own(const char* heading, int number) noexcept {
    void* frames[max_frames];
    write_line(heading, static_cast<std::size_t>(number));
    const int depth = backtrace(frames, max_frames);
    for (int frame = 0; frame < depth; ++frame) {
        write_line("%#zx\n", reinterpret_cast<std::size_t>(frames[frame]));
    }
}

void write_in_turn(int number) noexcept {
    wait_until([] { return !is_writing.exchange(true, std::memory_order_acquire); });
    write_own("thread %zu\n", number);
    const int python = signal_of_python.load(std::memory_order_relaxed);
    if (python && handler_of(python)) { // the interpreter takes its handlers back before it aborts
        raise(python);                  // it is not blocked, so its handler has run when this returns
    }
    written.fetch_add(1, std::memory_order_relaxed);
    is_writing.store(false, std::memory_order_release);
}

// Each thread but the calling one; one after the other.
void ask_others(int signal) noexcept {
    for (const auto& one : takes_part) {
        const pid_t thread = one.load(std::memory_order_relaxed);
        const int before = written.load(std::memory_order_relaxed);
        if (thread && thread != this_thread() && syscall(SYS_tgkill, getpid(), thread, signal) == 0) {
            wait_until([before] { return written.load(std::memory_order_relaxed) > before; });
        }
    }
}

// The process gets the signal once and hands it on; a thread that gets it by itself writes.
void on_signal(int signal, siginfo_t* info, void*) {
    const int error = errno;
    const int number = own_number();
    if (info->si_code != SI_TKILL) {
        ask_others(signal);
    }
    if (number != nobody) {
        write_in_turn(number);
    }
    errno = error;
}

// Of several threads that crash, the first one tells; the end of the process is left to the signal's default action.
void on_crash(int signal, siginfo_t*, void*) {
    if (is_forked()) {
        // Nobody asks how a copy of the process ends.
    } else if (!crashed.exchange(true, std::memory_order_relaxed)) {
        const int number = own_number();
        write_own(number == nobody ? "crash in another thread\n" : "crash in thread %zu\n", number);
        ask_others(signal_of_all.load(std::memory_order_relaxed));
    } else {
        wait_until([] { return false; });
    }
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    raise(signal);
}

bool handle(int signal, void (*handler)(int, siginfo_t*, void*)) noexcept {
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    return sigaction(signal, &action, nullptr) == 0;
}

} // namespace

std::string write_stacks_on(int signal, int python, int file) {
    void* frame;
    backtrace(&frame, 1); // loads what it needs, which a signal handler must not
    output.store(file, std::memory_order_relaxed);
    signal_of_all.store(signal, std::memory_order_relaxed);
    signal_of_python.store(python, std::memory_order_relaxed);
    return handle(signal, on_signal) ? "" : "the signal cannot be used";
}

std::string write_stacks_of_crash() {
    remember_process();
    for (int signal : fatal) {
        if (!handle(signal, on_crash)) {
            return "a signal cannot be used";
        }
    }
    return "";
}

void take_part_in_stacks(int number) noexcept {
    if (number >= 0 && number < max_threads) {
        takes_part[number].store(this_thread(), std::memory_order_relaxed);
    }
}

} // namespace ungil::hammer

#else

namespace ungil::hammer {

std::string write_stacks_on(int, int, int) {
    return "native stacks are written on Linux with glibc only";
}
std::string write_stacks_of_crash() {
    return "native stacks are written on Linux with glibc only";
}
void take_part_in_stacks(int) noexcept {}

} // namespace ungil::hammer

#endif
