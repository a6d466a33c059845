// Threads that make calls together: at the same moment, or by turns (schedule.hpp).
//
// Thread 0 is the one that calls run(); each other one gives itself to the crew by serve(). Between runs the others wait
// detached, and so does thread 0 once it has made its calls. A thread that waits for its turn before a call is detached;
// one that waits at a stop is attached, in a signal handler, for it may be anywhere. A thread that stops the world
// meanwhile sleeps, which ends its turn; so does one that spins for too long on a lock which who is stopped holds.
//
// Memory order. What a run is about (calls, schedule) is written before `run_` is released and read after it is acquired;
// results are written before `done` is released and read after that is acquired. `turn_` is what hands a subject from one
// thread to the next: whoever advances it has released what its thread did, and whoever sees it acquires that. So the
// crew adds happens-before edges where turns change, as a lock would; it is the missing edges inside the extension that
// show as outcomes which no sequential order has.
#pragma once

#include "hammer/board.hpp"
#include "hammer/schedule.hpp"
#include "hammer/stepper.hpp"
#include "hammer/task.hpp"

#include <nanobind/nanobind.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace ungil::hammer {

// Borrowed from the arguments of run(), which outlives it.
struct Call {
    PyObject* callable;
    PyObject* args;
    PyObject* kwargs;
};

// What a call returned, or what it raised.
struct Answer {
    bool raised;
    nanobind::object value;
};

class Crew;

// One thread of a crew.
struct alignas(128) Member final : AtStop {
    explicit Member(Crew& crew, int thread) : crew(crew), thread(thread), stepper(*this) {}

    Stop at_stop() noexcept override;
    Answer answer(const Call& call); // makes it, in the thread itself

    Crew& crew;
    const int thread;
    Task task;
    Stepper stepper;
    Post unseen;
    Post* post = &unseen; // where it says what it does
    std::vector<Call> calls;
    std::vector<Answer> answers;
    int turn = 0;                     // in which it runs, or which it waits for; only the thread itself uses it
    int skew = 0;                     // how often it looks away after the start; read-only during a run
    std::atomic<bool> running{false}; // between the begin of a turn and the end of the last call that it made in it
    std::atomic<int> finished{0};     // how many of its calls are completed
    std::atomic<bool> done{true};     // whether its part of the run is over
};

class Crew {
  public:
    // `threads` in all. Without breakpoints, threads are single-stepped to their stops.
    Crew(int threads, bool breakpoints);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    int threads() const noexcept { return static_cast<int>(members_.size()); }
    bool has_breakpoints() const noexcept;
    // From now on the threads say on this memory what they do. Before any of them serves.
    void show_on(nanobind::handle board);
    int serving() const noexcept { return serving_.load(std::memory_order_acquire); }

    // The life of thread `thread` until close(), which thread 0 calls.
    void serve(int thread);
    void close();

    // The calls of each thread in the order of the schedule. Returns for each thread what its calls answered, and how many
    // turns ended at their stop.
    nanobind::tuple run(const nanobind::list& calls, const nanobind::list& schedule);

    // The calls of each thread, `times` times over, all threads set off at the same moment; `skews` delays each by so many
    // looks. Returns what they answered, or empty lists if that is not to be kept.
    nanobind::list together(const nanobind::list& calls, const nanobind::list& skews, int times, bool keep);

    // Makes the calls in the calling thread. Returns the addresses that it executed inside the text, whether there were
    // more than `limit`, and what the calls answered.
    nanobind::tuple trace(const nanobind::list& calls, std::size_t limit);

  private:
    friend struct Member;

    void begin(const nanobind::list& calls);
    nanobind::list finish();
    void announce();
    void await_announcement(unsigned seen);
    void await_others();
    void take_part(Member& me);
    void by_turns(Member& me);
    void at_once(Member& me);
    void enter_turn(Member& me, int turn);
    void end_turn(Member& me) noexcept;
    int turn_of(const Member& member, int from, int call) const noexcept;
    void await_turn(int turn) noexcept;
    bool is_over(int turn, Patience& patience) const noexcept;
    Stop at_stop(Member& me) noexcept;
    int turns() const noexcept { return static_cast<int>(schedule_.size()); }

    const bool breakpoints_;
    Board board_;
    std::vector<std::unique_ptr<Member>> members_;
    Schedule schedule_;
    bool by_turns_ = true;
    int times_ = 1;               // how often each call is made, if not by turns
    bool keep_ = true;            // whether anybody wants to know what was answered
    std::atomic<int> turn_{0};    // the one that is on
    std::atomic<int> stops_{0};   // how many turns ended at their stop
    std::atomic<int> serving_{0}; // threads that have begun to serve
    std::atomic<int> ready_{0};   // threads that are set to go at once
    std::atomic<bool> go_{false};
    std::atomic<unsigned> run_{0}; // counts runs
    std::atomic<bool> closing_{false};
    std::mutex parked_; // guards nothing but the sleep of threads that have waited for a run for long
    std::condition_variable wake_;
};

} // namespace ungil::hammer
