// A fence around the extension's text: a thread that comes in faults, and its signal handler takes over.
//
// While the fence is up, the pages cannot be executed. So the code outside is not stepped through, however long it is,
// and a callee that calls back is noticed. The fence is the whole process's: it is up only while one thread runs, and
// whoever else faults on it takes it down and goes on.
#pragma once

#include "hammer/text.hpp"

#include <atomic>
#include <vector>

namespace ungil::hammer {

class Fence {
  public:
    // The pages of these ranges. No thread may be running a call.
    void surround(const std::vector<Range>& ranges);

    // Also from a signal handler: system calls and nothing else. To lower what is down does no harm: of two threads of
    // which one raises and one lowers, each may be the last to be obeyed, and whoever faults lowers it again.
    void raise() noexcept;
    void lower() noexcept;
    bool is_up() const noexcept { return up_.load(std::memory_order_relaxed); }
    bool has(std::uintptr_t address) const noexcept { return Text::any(pages_, address); }

  private:
    void protect(int protection) const noexcept;

    std::vector<Range> pages_;
    std::atomic<bool> up_{false}; // relaxed: mprotect() orders what matters, the pages themselves
};

} // namespace ungil::hammer
