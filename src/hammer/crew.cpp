#include "hammer/crew.hpp"

#include "hammer/looks.hpp"
#include "hammer/process.hpp"

#include <algorithm>
#include <thread>
#include <tuple>

#include <nanobind/stl/tuple.h>

namespace nb = nanobind;

namespace ungil::hammer {

namespace {

constexpr int max_threads = 8;
constexpr int yields_before_parking = 2000;  // about a millisecond: longer than what is between two runs
constexpr int looks_while_attached = 20'000; // at the start of a run that begins at once

Call borrowed(nb::handle call) {
    auto parts = nb::cast<nb::tuple>(call);
    if (parts.size() != 3 || !PyTuple_Check(parts[1].ptr()) || !PyDict_Check(parts[2].ptr())) {
        throw nb::type_error("a call is a tuple: what is called, a tuple of arguments, a dict of keyword arguments");
    }
    return {parts[0].ptr(), parts[1].ptr(), parts[2].ptr()};
}

Turn turn_from(nb::handle written, int threads) {
    auto [thread, calls, address, hit] = nb::cast<std::tuple<int, int, std::uintptr_t, long>>(written);
    if (thread < 0 || thread >= threads) {
        throw nb::value_error("a turn is of a thread of the crew");
    }
    return {thread, calls, {address, hit}};
}

nb::list told(std::vector<Answer>& answers) {
    nb::list list;
    for (Answer& answer : answers) {
        list.append(nb::make_tuple(answer.raised, std::move(answer.value)));
    }
    answers.clear();
    return list;
}

} // namespace

Answer Member::answer(const Call& call) {
    post->in_call.store(1, std::memory_order_relaxed);
    PyObject* value = PyObject_Call(call.callable, call.args, call.kwargs);
    end_if_forked();
    post->in_call.store(0, std::memory_order_relaxed);
    post->calls.store(post->calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (!value) {
        return {true, nb::steal(PyErr_GetRaisedException())};
    }
    return {false, nb::steal(value)};
}

Stop Member::at_stop() noexcept {
    return crew.at_stop(*this);
}

Crew::Crew(int threads, bool breakpoints) : breakpoints_(breakpoints) {
    if (threads < 1 || threads > max_threads) {
        throw nb::value_error("a crew has 1 to 8 threads");
    }
    for (int thread = 0; thread < threads; ++thread) {
        members_.push_back(std::make_unique<Member>(*this, thread));
    }
    members_[0]->task.is_this_thread();
    members_[0]->stepper.is_this_thread(breakpoints);
    remember_process();
}

bool Crew::has_breakpoints() const noexcept {
    return std::all_of(members_.begin(), members_.end(),
                       [](const auto& member) { return member->stepper.has_breakpoint(); });
}

void Crew::show_on(nb::handle board) {
    board_.put_on(board.ptr(), members_.size());
    for (std::size_t thread = 0; thread < members_.size(); ++thread) {
        members_[thread]->post = board_.post(thread);
    }
    members_[0]->post->thread.store(Task::this_thread(), std::memory_order_relaxed);
}

void Crew::serve(int thread) {
    if (thread < 1 || thread >= threads()) {
        throw nb::value_error("thread 0 of a crew is the one that calls run()");
    }
    Member& me = *members_[static_cast<std::size_t>(thread)];
    me.task.is_this_thread();
    me.post->thread.store(Task::this_thread(), std::memory_order_relaxed);
    me.stepper.is_this_thread(breakpoints_);
    unsigned seen = 0;
    serving_.fetch_add(1, std::memory_order_release);
    for (;;) {
        await_announcement(seen);
        seen = run_.load(std::memory_order_acquire);
        if (closing_.load(std::memory_order_relaxed)) {
            me.stepper.let_go();
            return;
        }
        take_part(me);
    }
}

void Crew::close() {
    members_[0]->stepper.let_go();
    closing_.store(true, std::memory_order_relaxed);
    announce();
}

nb::tuple Crew::run(const nb::list& calls, const nb::list& schedule) {
    begin(calls);
    schedule_.clear();
    for (nb::handle turn : schedule) {
        schedule_.push_back(turn_from(turn, threads()));
    }
    by_turns_ = true;
    turn_.store(0, std::memory_order_relaxed);
    stops_.store(0, std::memory_order_relaxed);
    take_signals();
    announce();
    nb::list answers = finish();
    return nb::make_tuple(answers, stops_.load(std::memory_order_relaxed));
}

nb::list Crew::together(const nb::list& calls, const nb::list& skews, int times, bool keep) {
    begin(calls);
    for (std::size_t thread = 0; thread < members_.size(); ++thread) {
        members_[thread]->skew = nb::cast<int>(skews[thread]);
    }
    by_turns_ = false;
    times_ = times;
    keep_ = keep;
    go_.store(false, std::memory_order_relaxed);
    ready_.store(0, std::memory_order_relaxed);
    announce();
    return finish();
}

nb::tuple Crew::trace(const nb::list& calls, std::size_t limit) {
    Member& me = *members_[0];
    me.calls.clear();
    for (nb::handle call : calls) {
        me.calls.push_back(borrowed(call));
    }
    me.answers.reserve(me.calls.size());
    take_signals();
    me.stepper.trace(limit);
    for (const Call& call : me.calls) {
        me.answers.push_back(me.answer(call));
    }
    me.stepper.disarm();
    nb::list addresses;
    const bool cut = me.stepper.trace_was_cut();
    for (std::uintptr_t address : me.stepper.take_trace()) {
        addresses.append(address);
    }
    return nb::make_tuple(addresses, cut, told(me.answers));
}

// The part of thread 0, and what all answered.
nb::list Crew::finish() {
    take_part(*members_[0]);
    await_others();
    nb::list answers;
    for (auto& member : members_) {
        answers.append(told(member->answers));
    }
    return answers;
}

// Until announce() nobody else reads what is written here: all are done.
void Crew::begin(const nb::list& calls) {
    if (calls.size() != members_.size()) {
        throw nb::value_error("there is a list of calls for each thread of the crew");
    }
    for (std::size_t thread = 0; thread < members_.size(); ++thread) {
        Member& member = *members_[thread];
        member.calls.clear();
        for (nb::handle call : nb::cast<nb::list>(calls[thread])) {
            member.calls.push_back(borrowed(call));
        }
        member.answers.reserve(member.calls.size());
        member.finished.store(0, std::memory_order_relaxed);
        member.done.store(false, std::memory_order_relaxed);
    }
}

// The lock is between a parked thread's look at run_ and its sleep.
void Crew::announce() {
    run_.fetch_add(1, std::memory_order_release);
    const std::lock_guard lock(parked_);
    wake_.notify_all();
}

void Crew::await_announcement(unsigned seen) {
    nb::gil_scoped_release detached;
    for (Looks looks; looks.yields() < yields_before_parking; looks.look()) {
        if (run_.load(std::memory_order_acquire) != seen) {
            return;
        }
    }
    std::unique_lock lock(parked_);
    wake_.wait(lock, [&] { return run_.load(std::memory_order_acquire) != seen; });
}

void Crew::await_others() {
    nb::gil_scoped_release detached;
    for (const auto& member : members_) {
        for (Looks looks; !member->done.load(std::memory_order_acquire); looks.look()) {
        }
    }
}

void Crew::take_part(Member& me) {
    if (by_turns_) {
        by_turns(me);
    } else {
        at_once(me);
    }
    me.done.store(true, std::memory_order_release);
}

void Crew::at_once(Member& me) {
    ready_.fetch_add(1, std::memory_order_acq_rel);
    if (me.thread == 0) {
        nb::gil_scoped_release detached;
        for (Looks looks; ready_.load(std::memory_order_acquire) < threads(); looks.look()) {
        }
    }
    if (me.thread == 0) {
        go_.store(true, std::memory_order_release);
    }
    for (int look = 0; !go_.load(std::memory_order_acquire) && look < looks_while_attached; ++look) {
    }
    if (!go_.load(std::memory_order_acquire)) {
        nb::gil_scoped_release detached;
        for (Looks looks; !go_.load(std::memory_order_acquire); looks.look()) {
        }
    }
    for (int look = 0; look < me.skew; ++look) {
        (void)go_.load(std::memory_order_acquire);
    }
    for (int time = 0; time < times_; ++time) {
        for (const Call& call : me.calls) {
            Answer given = me.answer(call);
            if (keep_) {
                me.answers.push_back(std::move(given));
            }
        }
    }
}

} // namespace ungil::hammer
