// Whether a thread sleeps, as the kernel sees it: how a thread that waits for a lock is told from one that computes.
#pragma once

#include <chrono>
#include <cstdint>

namespace ungil::hammer {

// One thread of this process, seen by others.
class Task {
  public:
    Task() = default;
    ~Task();
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    // The calling thread's number in the kernel; 0 where there are none.
    static std::int32_t this_thread() noexcept;

    // Means the calling thread from now on.
    void is_this_thread() noexcept;

    // Whether it sleeps at this moment; where that cannot be asked, never.
    bool sleeps() const noexcept;

  private:
    int state_ = -1; // /proc/self/task/ID/stat, open for reading
};

// One wait for a task that may wait for this one. Asked over and over, says so once the task has slept each time that it
// was looked at for a tenth of a millisecond: no lock that is held over straight-line code is waited for that long. A task
// that spins instead of sleeping, or a kernel that cannot be asked, is believed when it has taken too long.
class Patience {
  public:
    bool is_over(const Task& task) noexcept;

  private:
    using Clock = std::chrono::steady_clock;

    Clock::time_point begin_ = Clock::now();
    Clock::time_point next_look_ = begin_ + std::chrono::microseconds(60);
    int looks_ = 0;
};

} // namespace ungil::hammer
