#include "scan/project.hpp"

#include <atomic>
#include <thread>

namespace ungil::scan {
namespace {

// Calls work(i) for every i below count, from `threads` threads, each taking the next index that is free.
template <typename Work>
void parallel_for(size_t count, unsigned threads, Work work) {
    // Relaxed: the counter only hands out indices. What the workers wrote is published to the caller by join().
    std::atomic<size_t> next{0};
    auto worker = [&] {
        for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;)
            work(i);
    };
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads && t < count; ++t)
        others.emplace_back(worker);
    worker();
    for (std::thread& other : others)
        other.join();
}

} // namespace

Project::Project(std::vector<Source> sources, unsigned threads) : files_(sources.size()) {
    parallel_for(sources.size(), threads, [&](size_t i) {
        FileFacts& file = files_[i];
        file.path = std::move(sources[i].path);
        file.tree = parse(std::move(sources[i].bytes), sources[i].language);
        file.bodies.reserve(file.tree->functions.size());
        for (const Function& function : file.tree->functions)
            file.bodies.push_back(read_body(*file.tree, function));
        find_uses(file);
    });
    join(files_);
}

} // namespace ungil::scan
