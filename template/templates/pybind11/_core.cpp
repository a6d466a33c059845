// The extension module. Where threads can meet, and what keeps them apart:
//   an object of a class     its own lock, taken by each function that reads or writes the object's fields
//   two objects              both locks at once, so that no two threads can wait for each other
//   the module's state       an atomic, and types that nothing changes after the module is imported
//   long work                a private copy, and no thread state attached
#include <pybind11/critical_section.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "bootstrap.h"

namespace py = pybind11;

namespace {

// One interpreter has the module, as PYBIND11_MODULE says below, so its state may be static: if it is const, or atomic like
// this count. Never a py::object: it would be destroyed when the interpreter has gone.
// No thread learns from the count that anything else has happened, hence relaxed.
std::atomic<std::int64_t> taken_in{0};

struct EmptyError : std::runtime_error {
    using runtime_error::runtime_error;
};

struct Samples {
    std::vector<double> values;
    py::object in_order; // the cache of ordered(): a tuple of floats, or null
};

// The functions below take the Python object, whose lock is the lock of its Samples. On a GIL-enabled build the guards are
// empty, and the GIL does their work: no function gives it up between reading and writing.
//
// pybind11 looks types up under a lock of its own, and to wait for that one could suspend the lock of an object. So this
// comes first. It refuses what pybind11 would take: an object that __new__ made and no constructor has seen.
Samples& fields(py::handle self) {
    if (py::isinstance<Samples>(self)) {
        auto* instance = reinterpret_cast<py::detail::instance*>(self.ptr());
        if (instance->get_value_and_holder().holder_constructed()) {
            return self.cast<Samples&>();
        }
    }
    throw py::type_error("not a Samples, or one whose __init__() was not called");
}

double checked(py::handle value) {
    double number = PyFloat_AsDouble(value.ptr());
    if (number == -1.0 && PyErr_Occurred()) {
        throw py::error_already_set();
    }
    if (std::isnan(number)) {
        throw py::value_error("a sample cannot be NaN, which has no place in any order");
    }
    return number;
}

void add(py::handle self, py::handle value) {
    Samples& samples = fields(self);
    double number = checked(value);
    py::scoped_critical_section lock(self);
    samples.values.push_back(number);
    samples.in_order = py::object(); // frees floats: nothing that runs Python code, which could suspend the lock
    taken_in.fetch_add(1, std::memory_order_relaxed);
}

// To iterate runs any Python code, which could use this very object, or suspend the lock. So that comes first.
void extend(py::handle self, py::handle iterable) {
    Samples& samples = fields(self);
    std::vector<double> values;
    for (py::handle value : iterable) {
        values.push_back(checked(value));
    }
    py::scoped_critical_section lock(self);
    samples.values.insert(samples.values.end(), values.begin(), values.end());
    samples.in_order = py::object();
    taken_in.fetch_add(static_cast<std::int64_t>(values.size()), std::memory_order_relaxed);
}

// Two locks taken one after the other could each be waited for by the holder of the other one; these are taken together.
std::size_t take(py::handle self, py::handle other) {
    Samples &to = fields(self), &from = fields(other);
    if (self.is(other)) {
        return 0;
    }
    py::scoped_critical_section locks(self, other);
    std::size_t moved = from.values.size();
    to.values.insert(to.values.end(), from.values.begin(), from.values.end());
    from.values.clear();
    to.in_order = py::object();
    from.in_order = py::object();
    return moved;
}

py::tuple sorted(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    py::list floats;
    for (double value : values) {
        floats.append(value);
    }
    return py::tuple(floats);
}

// Built by the first thread that asks and kept until a value comes in. To look, to build and to keep is one step under the
// lock, and so is making the reference that is returned: once it is released, another thread may drop the cache's own.
py::object ordered(py::handle self) {
    Samples& samples = fields(self);
    py::scoped_critical_section lock(self);
    if (!samples.in_order) {
        samples.in_order = sorted(samples.values);
    }
    return samples.in_order;
}

std::vector<double> copy(py::handle self) {
    Samples& samples = fields(self);
    py::scoped_critical_section lock(self);
    return samples.values;
}

// A thread that is attached for long keeps every other one waiting when the collector stops the world. What it detaches with
// must be its own: a lock does not hold while detached.
double bootstrap(py::handle self, Py_ssize_t rounds, std::uint64_t seed) {
    if (rounds < 2) {
        throw py::value_error("rounds must be at least 2");
    }
    const std::vector<double> values = copy(self);
    if (values.empty()) {
        throw EmptyError("there are no samples");
    }
    py::gil_scoped_release detached;
    return bootstrap_error(values.data(), values.size(), static_cast<std::size_t>(rounds), seed);
}

// Python's own way to pickle makes an object of a base class that pybind11 has for all classes, which ends the process.
py::object refuse_to_pickle(py::handle, py::handle) {
    throw py::type_error("cannot pickle 'Samples' object");
}

std::size_t length(py::handle self) {
    Samples& samples = fields(self);
    py::scoped_critical_section lock(self);
    return samples.values.size();
}

} // namespace

// The first option declares the module: Py_MOD_GIL_NOT_USED. The second refuses every interpreter but the main one: the count
// is the process's, and in pybind11 3.1 one interpreter's first import races with the calls that another has under way.
PYBIND11_MODULE(_core, module, py::mod_gil_not_used(), py::multiple_interpreters::not_supported()) {
    py::register_local_exception<EmptyError>(module, "EmptyError", PyExc_ValueError).attr("__doc__") =
        "There are no samples.";
    module.def(
        "recorded", [] { return taken_in.load(std::memory_order_relaxed); }, "How many values all samples took in.");

    py::class_<Samples>(module, "Samples", py::module_local(), py::is_final(), "Numbers that any thread may record.")
        .def(py::init<>())
        .def("add", &add, "Add a value; ValueError if it is NaN.")
        .def("extend", &extend, "Add all values of an iterable, or none if there is an error.")
        .def("take", &take, "Move all values of another object into this one, and return how many.")
        .def("ordered", &ordered, "The values in ascending order; the same tuple until they change.")
        .def("bootstrap", &bootstrap, py::arg("rounds"), py::pos_only(), py::arg("seed") = 0,
             "The standard error of the mean, from so many resamples; EmptyError if there are no values.")
        .def("__len__", &length)
        .def("__reduce_ex__", &refuse_to_pickle);
}
