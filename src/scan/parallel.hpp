#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace ungil::scan {

// Calls work(i) for every i below count, from up to `threads` threads, each taking the next index that is free. An exception
// in one of them ends the work and is thrown here, after all have stopped.
template <typename Work>
void parallel_for(size_t count, unsigned threads, Work work) {
    // Relaxed: the counter only hands out indices. What the workers wrote is published to the caller by join().
    std::atomic<size_t> next{0};
    std::exception_ptr failure;
    std::once_flag failed;
    auto worker = [&] {
        try {
            for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
                work(i);
            }
        } catch (...) {
            next.store(count, std::memory_order_relaxed);
            std::call_once(failed, [&] { failure = std::current_exception(); }); // read after join()
        }
    };
    std::vector<std::thread> others;
    try {
        for (unsigned t = 1; t < threads && t < count; ++t) {
            others.emplace_back(worker);
        }
    } catch (const std::system_error&) {
        // The system gives no more threads: fewer do the same work.
    }
    worker();
    for (std::thread& other : others) {
        other.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

} // namespace ungil::scan
