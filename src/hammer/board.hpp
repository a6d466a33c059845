// What each thread of a crew is doing, where another process sees it: how whoever watches tells that a run goes on, and
// which threads are in a call when none does any more.
#pragma once

#include <Python.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ungil::hammer {

// Of one thread, which alone writes it. Relaxed, all of it: what is read here decides about nothing else in memory.
struct Post {
    std::atomic<std::int32_t> thread{0};  // its number in the kernel; 0 before it has one, and where there are none
    std::atomic<std::int32_t> in_call{0}; // 1 during each of its calls
    std::atomic<std::uint64_t> calls{0};  // how many it has completed
};
static_assert(sizeof(Post) == 16, "ungil.stress.hammer.processes.journal reads it");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the other process has no lock");

// Memory that both processes have mapped, with a post for each thread.
class Board {
  public:
    Board() = default;
    ~Board();
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    // Raises what the buffer raises, and ValueError if it is too small or not aligned.
    void put_on(PyObject* buffer, std::size_t posts);
    Post* post(std::size_t number) noexcept { return static_cast<Post*>(memory_.buf) + number; }

  private:
    Py_buffer memory_{};
};

} // namespace ungil::hammer
