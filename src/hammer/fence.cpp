#include "hammer/fence.hpp"

#if defined(__linux__) && defined(__x86_64__)

#include <sys/mman.h>
#include <unistd.h>

namespace ungil::hammer {

void Fence::surround(const std::vector<Range>& ranges) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    pages_.clear();
    for (const Range& range : ranges) {
        pages_.push_back({range.begin & ~(page - 1), (range.end + page - 1) & ~(page - 1)});
    }
}

void Fence::protect(int protection) const noexcept {
    for (const Range& pages : pages_) {
        mprotect(reinterpret_cast<void*>(pages.begin), pages.end - pages.begin, protection);
    }
}

void Fence::raise() noexcept {
    up_.store(true, std::memory_order_relaxed);
    protect(PROT_READ);
}

void Fence::lower() noexcept {
    up_.store(false, std::memory_order_relaxed);
    protect(PROT_READ | PROT_EXEC);
}

} // namespace ungil::hammer

#else

namespace ungil::hammer {

void Fence::surround(const std::vector<Range>&) {}
void Fence::raise() noexcept {}
void Fence::lower() noexcept {}
void Fence::protect(int) const noexcept {}

} // namespace ungil::hammer

#endif
