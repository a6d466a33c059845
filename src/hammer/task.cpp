#include "hammer/task.hpp"

#include <cstring>

#if defined(__linux__)
#include <cstdio>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ungil::hammer {

namespace {

constexpr int looks_that_convince = 3;
constexpr std::chrono::microseconds between_looks{30};
constexpr std::chrono::milliseconds longest{250}; // a busy machine may keep a thread from running for so long

} // namespace

#if defined(__linux__)

Task::~Task() {
    if (state_ >= 0) {
        close(state_);
    }
}

std::int32_t Task::this_thread() noexcept {
    return static_cast<std::int32_t>(syscall(SYS_gettid));
}

void Task::is_this_thread() noexcept {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", this_thread());
    if (state_ >= 0) {
        close(state_);
    }
    state_ = open(path, O_RDONLY | O_CLOEXEC);
}

// The state is the letter after the last parenthesis: what stands before it is a name that may hold any.
bool Task::sleeps() const noexcept {
    char text[256];
    const ssize_t length = state_ < 0 ? 0 : pread(state_, text, sizeof text, 0);
    const auto* name_end = length <= 0 ? nullptr : memrchr(text, ')', static_cast<std::size_t>(length));
    const auto* letter = static_cast<const char*>(name_end);
    return letter && letter + 2 < text + length && letter[2] == 'S';
}

#else

Task::~Task() = default;
std::int32_t Task::this_thread() noexcept {
    return 0;
}
void Task::is_this_thread() noexcept {}
bool Task::sleeps() const noexcept {
    return false;
}

#endif

bool Patience::is_over(const Task& task) noexcept {
    const auto now = Clock::now();
    if (now < next_look_) {
        return false;
    }
    if (now - begin_ > longest) {
        return true;
    }
    next_look_ = now + between_looks;
    looks_ = task.sleeps() ? looks_ + 1 : 0;
    return looks_ >= looks_that_convince;
}

} // namespace ungil::hammer
