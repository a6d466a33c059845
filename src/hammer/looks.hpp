// Waiting for another thread that is about to be ready: looks, and soon the processor is offered to others between them.
#pragma once

#include <thread>

namespace ungil::hammer {

// The looks of a thread that waits for another one.
class Looks {
  public:
    void look() noexcept {
        if (++number_ > looks_before_yielding) {
            std::this_thread::yield();
        }
    }
    int yields() const noexcept { return number_ - looks_before_yielding; }

  private:
    static constexpr int looks_before_yielding = 200; // some microseconds: as long as another core takes to answer

    int number_ = 0;
};

} // namespace ungil::hammer
