// Classes that nanobind binds. It takes no lock for a method unless asked to: the twins ask with nb::lock_self().
#include "window.h"

#include <nanobind/nanobind.h>

#include <vector>

namespace nb = nanobind;

#ifdef TWIN
#define LOCKED , nb::lock_self()
#else
#define LOCKED
#endif

namespace {

// What another thread counts between the load and the store is overwritten, and both get the same number.
class Counter {
  public:
    long increment() {
        long before = value_;
        WINDOW(1);
        value_ = before + 1;
        return before;
    }
    long get() const { return value_; }

  private:
    long value_ = 0;
};

// What another thread appends while this one sums up may move the numbers: what is then read is freed.
class Series {
  public:
    void append(long number) { numbers_.push_back(number); }
    long total() const {
        long sum = 0;
        for (const long& number : numbers_) {
            WINDOW(1);
            sum += number;
        }
        return sum;
    }

  private:
    std::vector<long> numbers_ = {1, 2};
};

// What another thread replaces between the load and the reference is freed when it is returned.
class Holder {
  public:
    Holder() : held_(nb::bytes("the first object")) {}
    nb::object get() const {
        nb::handle held = held_;
        WINDOW(1);
        return nb::borrow(held);
    }
    void set(long number) { held_ = nb::steal(PyBytes_FromFormat("object %ld", number)); }

  private:
    nb::object held_;
};

} // namespace

NB_MODULE(bound_nanobind, module) {
    nb::class_<Counter>(module, "Counter")
        .def(nb::init<>())
        .def("increment", &Counter::increment LOCKED)
        .def("get", &Counter::get LOCKED);
    nb::class_<Series>(module, "Series")
        .def(nb::init<>())
        .def("append", &Series::append LOCKED)
        .def("total", &Series::total LOCKED);
    nb::class_<Holder>(module, "Holder")
        .def(nb::init<>())
        .def("get", &Holder::get LOCKED)
        .def("set", &Holder::set LOCKED);
}
