// A small number for each living thread: how a thread finds what is its own in an array that all threads share.
//
//   1. Of the threads that live at one time, no two have the same number below `exclusive_slots`. So what belongs to
//      such a number has one writer, which needs no read-modify-write instruction.
//   2. A thread takes the lowest free number at its first call and gives it back when it ends: the numbers stay dense,
//      however many threads come and go.
//   3. Who finds none free gets a number from `exclusive_slots` on, and so does who asks while its thread ends, after it
//      gave its own back. Several threads may have the same one of these: they spread the load and guard nothing.
//   4. After fork() the child's one thread keeps its number. Those of the threads that exist only in the parent stay
//      taken in the child: that is correct, only fewer are left to be exclusive.
//
// Memory order: giving back releases, and taking acquires, the word in which the number is a bit. Between the two that
// word is changed by nothing but read-modify-write instructions, so they pair even if others came between: whoever gets
// a number sees all that its former owners wrote. The number itself is thread-local.
#pragma once

#include <cstdint>

namespace ungil::sync {

inline constexpr std::uint32_t exclusive_slots = 256;

namespace detail {

inline constexpr std::uint32_t no_slot_yet = UINT32_MAX;

// Constant from the start, so that reading it calls no initialiser: that is why what gives it back lies elsewhere.
inline thread_local std::uint32_t slot_of_this_thread = no_slot_yet;

std::uint32_t take_thread_slot() noexcept;

} // namespace detail

inline std::uint32_t thread_slot() noexcept {
    const std::uint32_t slot = detail::slot_of_this_thread;
    return slot != detail::no_slot_yet ? slot : detail::take_thread_slot();
}

} // namespace ungil::sync
