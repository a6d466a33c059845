#include "sync/queue_waiting.hpp"

#include "sync/queue_errors.hpp"
#include "sync/spin.hpp"

namespace ungil::sync {

namespace {

using Step = BoundedQueue::Step;

struct Putting {
    BoundedQueue& queue;
    bool blocked() const { return queue.size() >= queue.maxsize(); }
    Step join(Waiter* waiter, bool back) const { return queue.put_or_join(waiter, back); }
    bool leave(Waiter* waiter) const { return queue.leave_producers(waiter); }
};

struct Getting {
    BoundedQueue& queue;
    bool blocked() const { return queue.size() == 0; }
    Step join(Waiter* waiter, bool back) const { return queue.get_or_join(waiter, back); }
    bool leave(Waiter* waiter) const { return queue.leave_consumers(waiter); }
};

// Whether it is worth another try. To look less often is faster: each look takes the line of the index away from the
// other end, which meanwhile puts or gets dozens of items. Under the GIL nothing changes while this thread looks.
template <typename End>
bool look_for_a_while(const End& end) {
    if constexpr (free_threaded) {
        constexpr int looks = 2;
        for (int look = 0; look < looks; ++look) {
            back_off();
            if (!end.blocked()) {
                return true;
            }
        }
    }
    return false;
}

// Joins the line unless there is no need to wait any more.
template <typename End>
Step join(const End& end, Waiter* waiter, bool back) {
    for (;;) {
        const Step step = end.join(waiter, back);
        if (step != Step::too_small || !end.queue.grow()) {
            return step;
        }
    }
}

Waited ended(Step step) {
    if (step == Step::too_small) {
        PyErr_NoMemory();
        return Waited::failed;
    }
    return step == Step::done ? Waited::done : Waited::closed;
}

// Sleeps in the line. Nothing where a signal handler ran: the caller joins again.
template <typename End>
std::optional<Waited> sleep(const End& end, Waiter* waiter, const Deadline& deadline) {
    const PyLockStatus status = waiter->parker->nap(deadline);
    if (status != PY_LOCK_ACQUIRED) {
        if (end.leave(waiter)) {
            if (status == PY_LOCK_FAILURE) {
                return Waited::timed_out;
            }
            return PyErr_CheckSignals() == 0 ? std::nullopt : std::optional(Waited::failed);
        }
        waiter->parker->await_unpark();
    }
    return waiter->state == Waiter::State::served ? Waited::done : Waited::closed;
}

template <typename End>
Waited wait(const End& end, Waiter* waiter, const Deadline& deadline) {
    for (bool back = false;; back = true) {
        const Step step = join(end, waiter, back);
        if (step != Step::not_now) {
            return ended(step);
        }
        if (const auto result = sleep(end, waiter, deadline)) {
            return *result;
        }
    }
}

// What is left of put_or_wait() and get_or_wait() when the first try was not enough.
template <typename End>
Waited wait_with(const End& end, PyObject** item, const Deadline& deadline) {
    Waiter* waiter = Waiter::create(*item);
    if (!waiter) {
        return Waited::failed;
    }
    const Waited result = wait(end, waiter, deadline);
    *item = waiter->item;
    waiter->destroy();
    return result;
}

} // namespace

Waited put_or_wait(BoundedQueue& queue, PyObject* item, const Deadline& deadline) {
    Step step = queue.put(item);
    while (step == Step::too_small && queue.grow()) {
        step = queue.put(item);
    }
    if (step != Step::not_now) {
        return ended(step);
    }
    if (deadline.passed()) {
        return Waited::timed_out;
    }
    const Putting end{queue};
    if (look_for_a_while(end) && queue.put(item) == Step::done) {
        return Waited::done;
    }
    return wait_with(end, &item, deadline);
}

Waited get_or_wait(BoundedQueue& queue, PyObject** item, const Deadline& deadline) {
    const Step step = queue.get(item);
    if (step != Step::not_now) {
        return ended(step);
    }
    if (deadline.passed()) {
        return Waited::timed_out;
    }
    const Getting end{queue};
    if (look_for_a_while(end) && queue.get(item) == Step::done) {
        return Waited::done;
    }
    *item = nullptr;
    return wait_with(end, item, deadline);
}

PyObject* raise_full_for(Waited waited) {
    if (waited == Waited::failed) {
        return nullptr;
    }
    return waited == Waited::closed ? raise_closed() : raise_full();
}

PyObject* raise_empty_for(Waited waited) {
    if (waited == Waited::failed) {
        return nullptr;
    }
    return waited == Waited::closed ? raise_closed() : raise_empty();
}

} // namespace ungil::sync
