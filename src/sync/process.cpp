#include "sync/process.hpp"

#include <atomic>

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

void count_forks() noexcept {
#if !defined(_WIN32)
    // It fails only without memory, at import; then a child waits for what a thread of its parent would have done.
    pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
#endif
}

} // namespace ungil::sync
