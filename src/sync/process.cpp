#include "sync/process.hpp"

#include <atomic>
#include <new>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace ungil::sync {

namespace {

// Written by fork() in a child that has one thread; relaxed is enough.
std::atomic<std::uint64_t> forks{0};

} // namespace

std::uint64_t process_number() noexcept {
    return forks.load(std::memory_order_relaxed);
}

void count_forks() {
#if !defined(_WIN32)
    if (pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); }) != 0) {
        throw std::bad_alloc();
    }
#endif
}

} // namespace ungil::sync
