// What AtomicInteger does under operators. One rule: an operator is either one atomic step (the in-place ones) or looks
// at the value once (the others). Operators that would look, calculate and leave the storing to the caller do not
// exist.
#include "sync/atomic_integer.hpp"

namespace ungil::sync {

namespace {

using Step = PyObject*(PyObject*, PyObject*);

// What an in-place operator returns: itself where the step was taken, else NULL with the error set.
PyObject* self_or_overflow(PyObject* self, bool done) {
    return done ? Py_NewRef(self) : refuse_overflow();
}

// `step` as the slot of an in-place operator. An operand that is no int is left to its own type and then to Python's
// "unsupported operand" error.
template <PyObject* (*step)(PyObject*, std::int64_t)>
PyObject* in_place(PyObject* self, PyObject* other) {
    if (!PyIndex_Check(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const auto operand = as_int64(other);
    return operand ? step(self, *operand) : nullptr;
}

PyObject* add(PyObject* self, std::int64_t operand) {
    return self_or_overflow(self, integer(self).add(operand).has_value());
}

PyObject* subtract(PyObject* self, std::int64_t operand) {
    if (operand != Int64Limits::min()) {
        return add(self, -operand);
    }
    const auto next = [=](std::int64_t now) { return checked_subtract(now, operand); };
    return self_or_overflow(self, integer(self).change(next).after.has_value());
}

PyObject* bit_and(PyObject* self, std::int64_t operand) {
    integer(self).change([=](std::int64_t now) { return std::optional(now & operand); });
    return Py_NewRef(self);
}

PyObject* bit_or(PyObject* self, std::int64_t operand) {
    integer(self).change([=](std::int64_t now) { return std::optional(now | operand); });
    return Py_NewRef(self);
}

PyObject* bit_xor(PyObject* self, std::int64_t operand) {
    integer(self).change([=](std::int64_t now) { return std::optional(now ^ operand); });
    return Py_NewRef(self);
}

// Functions of this module: the address of an imported one is no constant on Windows.
PyObject* multiply(PyObject* left, PyObject* right) {
    return PyNumber_Multiply(left, right);
}
PyObject* floor_divide(PyObject* left, PyObject* right) {
    return PyNumber_FloorDivide(left, right);
}
PyObject* remainder(PyObject* left, PyObject* right) {
    return PyNumber_Remainder(left, right);
}
PyObject* shift_left(PyObject* left, PyObject* right) {
    return PyNumber_Lshift(left, right);
}
PyObject* shift_right(PyObject* left, PyObject* right) {
    return PyNumber_Rshift(left, right);
}

// now `calculate` operand, as 64 bits. Both are exact ints, so no code of the user runs.
std::optional<std::int64_t> result_of(Step* calculate, std::int64_t now, PyObject* operand) {
    PyObject* left = as_int(now);
    PyObject* result = left ? calculate(left, operand) : nullptr;
    Py_XDECREF(left);
    const auto value = result ? as_int64(result, overflow) : std::nullopt;
    Py_XDECREF(result);
    return value;
}

// For operators whose rules (rounding, signs, division by zero) are Python's own: calculate, store unless the value has
// changed meanwhile, else again.
template <Step* calculate>
PyObject* retry(PyObject* self, std::int64_t number) {
    PyObject* operand = as_int(number);
    if (!operand) {
        return nullptr;
    }
    CheckedInt64& value = integer(self);
    std::int64_t before = 0;
    std::optional<std::int64_t> after;
    do {
        before = value.get();
        after = result_of(calculate, before, operand);
    } while (after && !value.compare_and_set(before, *after));
    Py_DECREF(operand);
    return after ? Py_NewRef(self) : nullptr;
}

// By more than 64 places there is nothing left, or far too much: no need for Python to build that number.
template <Step* calculate>
PyObject* shift(PyObject* self, std::int64_t places) {
    return retry<calculate>(self, places > 64 ? 64 : places);
}

PyObject* as_python_int(PyObject* self) {
    return as_int(integer(self).get());
}

int is_nonzero(PyObject* self) {
    return integer(self).get() != 0;
}

// What is compared: the int that an AtomicInteger holds now, or the other operand as it is. A new reference.
PyObject* comparable(PyObject* operand, PyTypeObject* type) {
    return PyObject_TypeCheck(operand, type) ? as_python_int(operand) : Py_NewRef(operand);
}

PyTypeObject* atomic_integer_type() {
    return reinterpret_cast<PyTypeObject*>(nb::type<AtomicInteger>().ptr());
}

PyObject* compare(PyObject* self, PyObject* other, int operation) {
    PyObject* left = as_python_int(self);
    PyObject* right = left ? comparable(other, atomic_integer_type()) : nullptr;
    PyObject* result = right ? PyObject_RichCompare(left, right, operation) : nullptr;
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

} // namespace

const PyType_Slot* integer_operators() {
    static const PyType_Slot slots[] = {
        slot(Py_nb_int, as_python_int),
        slot(Py_nb_index, as_python_int),
        slot(Py_nb_bool, is_nonzero),
        slot(Py_tp_richcompare, compare),
        slot(Py_tp_hash, PyObject_HashNotImplemented), // equal objects must have equal hashes, and the value changes
        slot(Py_nb_inplace_add, in_place<add>),
        slot(Py_nb_inplace_subtract, in_place<subtract>),
        slot(Py_nb_inplace_multiply, in_place<retry<multiply>>),
        slot(Py_nb_inplace_floor_divide, in_place<retry<floor_divide>>),
        slot(Py_nb_inplace_remainder, in_place<retry<remainder>>),
        slot(Py_nb_inplace_and, in_place<bit_and>),
        slot(Py_nb_inplace_or, in_place<bit_or>),
        slot(Py_nb_inplace_xor, in_place<bit_xor>),
        slot(Py_nb_inplace_lshift, in_place<shift<shift_left>>),
        slot(Py_nb_inplace_rshift, in_place<shift<shift_right>>),
        {0, nullptr},
    };
    return slots;
}

} // namespace ungil::sync
