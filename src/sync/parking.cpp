#include "sync/parking.hpp"

#include <cmath>
#include <new>

namespace ungil::sync {

namespace {

// Longer than any process lives, and far from where a time point or a PY_TIMEOUT_T would overflow.
constexpr double for_ever = 1e9;

// The seconds that `timeout` says; nothing with an error set.
std::optional<double> seconds(PyObject* timeout) {
    if (PyBool_Check(timeout)) {
        PyErr_SetString(PyExc_TypeError, "timeout must be None or a number of seconds, not bool: there is no `block`");
        return std::nullopt;
    }
    const double value = PyFloat_AsDouble(timeout);
    if (value == -1.0 && PyErr_Occurred()) {
        return std::nullopt;
    }
    if (std::isnan(value) || value < 0) {
        PyErr_SetString(PyExc_ValueError, "timeout must be None or a number of seconds that is not negative");
        return std::nullopt;
    }
    return value;
}

} // namespace

std::optional<Deadline> Deadline::after(PyObject* timeout) {
    Deadline deadline;
    if (timeout == Py_None) {
        return deadline;
    }
    const auto value = seconds(timeout);
    if (!value) {
        return std::nullopt;
    }
    if (*value < for_ever) {
        deadline.until_ =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*value));
    }
    return deadline;
}

PY_TIMEOUT_T Deadline::microseconds_left() const noexcept {
    if (!until_) {
        return -1;
    }
    const auto left = std::chrono::ceil<std::chrono::microseconds>(*until_ - Clock::now()).count();
    return left > 0 ? static_cast<PY_TIMEOUT_T>(left) : 0;
}

Parker* Parker::create() noexcept {
    PyThread_type_lock lock = PyThread_allocate_lock();
    Parker* parker = lock ? new (std::nothrow) Parker(lock) : nullptr;
    if (!parker) {
        if (lock) {
            PyThread_free_lock(lock);
        }
        PyErr_NoMemory();
        return nullptr;
    }
    PyThread_acquire_lock(lock, NOWAIT_LOCK);
    return parker;
}

Parker::~Parker() {
    PyThread_free_lock(lock_);
}

PyLockStatus Parker::sleep(PY_TIMEOUT_T microseconds, bool wake_for_signals) {
    PyLockStatus status = PY_LOCK_FAILURE;
    Py_BEGIN_ALLOW_THREADS status = PyThread_acquire_lock_timed(lock_, microseconds, wake_for_signals);
    Py_END_ALLOW_THREADS return status;
}

void Parker::await_unpark() {
    sleep(-1, false);
}

void Parker::unpark() noexcept {
    PyThread_release_lock(lock_);
}

} // namespace ungil::sync
