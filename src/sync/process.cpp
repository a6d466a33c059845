#include "sync/process.hpp"

#include <atomic>
#include <new>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace ungil::sync {

namespace {

// The first three are written by fork() in a child that has one thread; relaxed is enough. So it is for the last one,
// which only counts.
std::atomic<std::uint64_t> forks{0};
std::atomic<std::uint64_t> called_fork{0};  // the number of the thread that did, in this process's parent
std::atomic<std::uint64_t> first_thread{1}; // what this process numbered itself begins here
std::atomic<std::uint64_t> next_thread{1};

thread_local std::uint64_t number_of_this_thread = 0;

} // namespace

std::uint64_t process_number() noexcept {
    return forks.load(std::memory_order_relaxed);
}

std::uint64_t thread_number() noexcept {
    if (number_of_this_thread == 0) {
        number_of_this_thread = next_thread.fetch_add(1, std::memory_order_relaxed);
    }
    return number_of_this_thread;
}

bool is_of_this_process(std::uint64_t thread) noexcept {
    return thread >= first_thread.load(std::memory_order_relaxed) ||
           thread == called_fork.load(std::memory_order_relaxed);
}

void count_forks() {
#if !defined(_WIN32)
    const auto begin_in_child = [] {
        forks.fetch_add(1, std::memory_order_relaxed);
        called_fork.store(thread_number(), std::memory_order_relaxed);
        first_thread.store(next_thread.load(std::memory_order_relaxed), std::memory_order_relaxed);
    };
    if (pthread_atfork(nullptr, nullptr, begin_in_child) != 0) {
        throw std::bad_alloc();
    }
#endif
}

} // namespace ungil::sync
