#include "sync/waiter.hpp"

#include "sync/process.hpp"

#include <new>

namespace ungil::sync {

Waiter* Waiter::create(PyObject* item) noexcept {
    Parker* parker = Parker::create();
    if (!parker) {
        return nullptr;
    }
    auto* waiter = new (std::nothrow) Waiter{item, parker, 0, nullptr, nullptr, State::waiting};
    if (!waiter) {
        delete parker;
        PyErr_NoMemory();
    }
    return waiter;
}

void Waiter::destroy() noexcept {
    delete parker;
    delete this;
}

void WaitingLine::append(Waiter* waiter) noexcept {
    waiter->process = process_number(); // a signal's handler may have forked since it was last in a line
    waiter->previous = last_;
    waiter->next = nullptr;
    (last_ ? last_->next : first_) = waiter;
    last_ = waiter;
}

void WaitingLine::prepend(Waiter* waiter) noexcept {
    waiter->process = process_number();
    waiter->previous = nullptr;
    waiter->next = first_;
    (first_ ? first_->previous : last_) = waiter;
    first_ = waiter;
}

void WaitingLine::unlink(Waiter* waiter) noexcept {
    (waiter->previous ? waiter->previous->next : first_) = waiter->next;
    (waiter->next ? waiter->next->previous : last_) = waiter->previous;
}

Waiter* WaitingLine::settle_first(Waiter::State state) noexcept {
    while (Waiter* waiter = first_) {
        unlink(waiter);
        if (waiter->process == process_number()) {
            waiter->next = nullptr;
            waiter->state = state;
            return waiter;
        }
    }
    return nullptr;
}

void Woken::wake_all() noexcept {
    for (Waiter* waiter = first_; waiter;) {
        Waiter* next = waiter->next;
        waiter->parker->unpark();
        waiter = next;
    }
}

} // namespace ungil::sync
