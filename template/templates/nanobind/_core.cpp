// The extension module. Where threads can meet, and what keeps them apart:
//   an object of a class     its own lock, taken by each function that reads or writes the object's fields
//   two objects              both locks at once, so that no two threads can wait for each other
//   the module's state       an atomic, and a type that nothing changes after the module is imported
//   long work                a private copy, and no thread state attached
#include <nanobind/nanobind.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "bootstrap.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// A nanobind module is loaded once in a process, so its state may be static: if it is const, or atomic like this count.
// No thread learns from the count that anything else has happened, hence relaxed.
std::atomic<std::int64_t> taken_in{0};

struct EmptyError : std::runtime_error {
    using runtime_error::runtime_error;
};

struct Samples {
    std::vector<double> values;
    nb::object in_order; // the cache of ordered(): a tuple of floats, or null
};

// The functions below take the Python object, whose lock is the lock of its Samples. On a GIL-enabled build the guards are
// empty, and the GIL does their work: no function gives it up between reading and writing.
using Self = nb::handle_t<Samples>;

Samples& fields(Self self) {
    if (!nb::inst_ready(self)) {
        throw nb::type_error("Samples.__init__() was not called");
    }
    return *nb::inst_ptr<Samples>(self);
}

double checked(nb::handle value) {
    double number = PyFloat_AsDouble(value.ptr());
    if (number == -1.0 && PyErr_Occurred()) {
        throw nb::python_error();
    }
    if (std::isnan(number)) {
        throw nb::value_error("a sample cannot be NaN, which has no place in any order");
    }
    return number;
}

void add(Self self, nb::handle value) {
    double number = checked(value);
    nb::ft_object_guard lock(self);
    Samples& samples = fields(self);
    samples.values.push_back(number);
    samples.in_order.reset(); // frees floats at most: nothing that runs Python code, which could suspend the lock
    taken_in.fetch_add(1, std::memory_order_relaxed);
}

// To iterate runs any Python code, which could use this very object, or suspend the lock. So that comes first.
void extend(Self self, nb::iterable iterable) {
    std::vector<double> values;
    for (nb::handle value : iterable) {
        values.push_back(checked(value));
    }
    nb::ft_object_guard lock(self);
    Samples& samples = fields(self);
    samples.values.insert(samples.values.end(), values.begin(), values.end());
    samples.in_order.reset();
    taken_in.fetch_add(static_cast<std::int64_t>(values.size()), std::memory_order_relaxed);
}

// Two locks taken one after the other could each be waited for by the holder of the other one; these are taken together.
std::size_t take(Self self, Self other) {
    if (self.is(other)) {
        return 0;
    }
    nb::ft_object2_guard locks(self, other);
    Samples &to = fields(self), &from = fields(other);
    std::size_t moved = from.values.size();
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
    from.values.clear();
    to.in_order.reset();
    from.in_order.reset();
    return moved;
}

nb::tuple sorted(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    nb::list floats;
    for (double value : values) {
        floats.append(value);
    }
    return nb::tuple(floats);
}

// Built by the first thread that asks and kept until a value comes in. To look, to build and to keep is one step under the
// lock, and so is making the reference that is returned: once it is released, another thread may drop the cache's own.
nb::object ordered(Self self) {
    nb::ft_object_guard lock(self);
    Samples& samples = fields(self);
    if (!samples.in_order.is_valid()) {
        samples.in_order = sorted(samples.values);
    }
    return samples.in_order;
}

std::vector<double> copy(Self self) {
    nb::ft_object_guard lock(self);
    return fields(self).values;
}

// A thread that is attached for long keeps every other one waiting when the collector stops the world. What it detaches with
// must be its own: a lock does not hold while detached.
double bootstrap(Self self, Py_ssize_t rounds, std::uint64_t seed) {
    if (rounds < 2) {
        throw nb::value_error("rounds must be at least 2");
    }
    const std::vector<double> values = copy(self);
    if (values.empty()) {
        throw EmptyError("there are no samples");
    }
    nb::gil_scoped_release detached;
    return bootstrap_error(values.data(), values.size(), static_cast<std::size_t>(rounds), seed);
}

std::size_t length(Self self) {
    nb::ft_object_guard lock(self);
    return fields(self).values.size();
}

} // namespace

// FREE_THREADED in CMakeLists.txt declares the module: Py_MOD_GIL_NOT_USED.
NB_MODULE(_core, module) {
    nb::exception<EmptyError>(module, "EmptyError", PyExc_ValueError).attr("__doc__") = "There are no samples.";
    module.def(
        "recorded", [] { return taken_in.load(std::memory_order_relaxed); }, "How many values all samples took in.");

    nb::class_<Samples>(module, "Samples", nb::is_final(), "Numbers that any thread may record.")
        .def(nb::init<>())
        .def("add", &add, "Add a value; ValueError if it is NaN.")
        .def("extend", &extend, "Add all values of an iterable, or none if there is an error.")
        .def("take", &take, "Move all values of another object into this one, and return how many.")
        .def("ordered", &ordered, "The values in ascending order; the same tuple until they change.")
        .def("bootstrap", &bootstrap, nb::arg(), "seed"_a = 0,
             "The standard error of the mean, from so many resamples; EmptyError if there are no values.")
        .def("__len__", &length);
}
