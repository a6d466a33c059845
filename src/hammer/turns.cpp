#include "hammer/crew.hpp"

#include "hammer/looks.hpp"

#include <algorithm>

namespace nb = nanobind;

namespace ungil::hammer {

void Crew::by_turns(Member& me) {
    const int calls = static_cast<int>(me.calls.size());
    me.turn = -1;
    for (int call = 0; call < calls; ++call) {
        const int turn = turn_of(me, std::max(me.turn, 0), call);
        if (turn != me.turn) {
            enter_turn(me, turn);
        }
        me.answers.push_back(me.answer(me.calls[static_cast<std::size_t>(call)]));
        me.finished.store(call + 1, std::memory_order_release);
        end_turn(me);
    }
    me.stepper.disarm();
    me.running.store(false, std::memory_order_release);
}

// Attached again, the thread counts as running: whatever it sleeps for from here on lets the next one go on.
void Crew::enter_turn(Member& me, int turn) {
    me.stepper.disarm();
    me.running.store(false, std::memory_order_release);
    if (turn_.load(std::memory_order_acquire) < turn) {
        nb::gil_scoped_release detached;
        await_turn(turn);
        me.running.store(true, std::memory_order_release);
    }
    me.running.store(true, std::memory_order_release);
    me.turn = turn;
    if (turn < turns() && schedule_[static_cast<std::size_t>(turn)].stop.address) {
        me.stepper.arm(schedule_[static_cast<std::size_t>(turn)].stop);
    }
}

void Crew::end_turn(Member& me) noexcept {
    int turn = me.turn;
    if (turn < turns() &&
        me.finished.load(std::memory_order_relaxed) >= schedule_[static_cast<std::size_t>(turn)].calls) {
        turn_.compare_exchange_strong(turn, turn + 1, std::memory_order_acq_rel);
    }
}

// The first turn, from that one on, in which the member makes its call of that number; turns() if there is none.
int Crew::turn_of(const Member& member, int from, int call) const noexcept {
    for (int turn = from; turn < turns(); ++turn) {
        const Turn& candidate = schedule_[static_cast<std::size_t>(turn)];
        if (candidate.thread == member.thread && candidate.calls > call) {
            return turn;
        }
    }
    return turns();
}

// Whoever waits sees to it that a turn ends whose thread cannot end it itself. The next thread alone would not do: it may
// sleep for what this one holds.
void Crew::await_turn(int turn) noexcept {
    Patience patience;
    int watched = -1;
    Looks looks;
    for (int now; (now = turn_.load(std::memory_order_acquire)) < turn; looks.look()) {
        if (now != watched) {
            watched = now;
            patience = Patience();
        }
        if (is_over(now, patience)) {
            turn_.compare_exchange_strong(now, now + 1, std::memory_order_acq_rel);
        }
    }
}

bool Crew::is_over(int turn, Patience& patience) const noexcept {
    const Turn& current = schedule_[static_cast<std::size_t>(turn)];
    const Member& member = *members_[static_cast<std::size_t>(current.thread)];
    return member.done.load(std::memory_order_acquire) ||
           member.finished.load(std::memory_order_acquire) >= current.calls ||
           (member.running.load(std::memory_order_acquire) && patience.is_over(member.task));
}

// In a signal handler. A thread whose turn was ended because it slept does not stop any more.
Stop Crew::at_stop(Member& me) noexcept {
    int turn = me.turn;
    if (!turn_.compare_exchange_strong(turn, turn + 1, std::memory_order_acq_rel)) {
        return {};
    }
    stops_.fetch_add(1, std::memory_order_relaxed);
    me.running.store(false, std::memory_order_release);
    me.turn = turn_of(me, turn + 1, me.finished.load(std::memory_order_relaxed));
    await_turn(me.turn);
    me.running.store(true, std::memory_order_release);
    return me.turn < turns() ? schedule_[static_cast<std::size_t>(me.turn)].stop : Stop{};
}

} // namespace ungil::hammer
