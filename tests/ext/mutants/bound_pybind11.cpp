// Classes that pybind11 binds. It takes no lock for a method: the twins have a mutex, or the object's critical section.
#include "window.h"

#include <pybind11/critical_section.h>
#include <pybind11/pybind11.h>

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace py = pybind11;

#ifdef TWIN
#define GUARD(member) const std::lock_guard<std::mutex> guard(member)
#define SECTION(object) const py::scoped_critical_section section(object)
#else
#define GUARD(member) ((void)0)
#define SECTION(object) ((void)0)
#endif

namespace {

// Two threads that both find enough in the account both take it, and more is taken than was there.
class Account {
  public:
    bool withdraw(long amount) {
        GUARD(mutex_);
        long left = balance_ - amount;
        if (left < 0) {
            return false;
        }
        WINDOW(1);
        balance_ = left;
        return true;
    }
    long balance() {
        GUARD(mutex_);
        return balance_;
    }

  private:
    std::mutex mutex_;
    long balance_ = 100;
};

// Two threads that both do not find a name each give it a number of their own.
class Names {
  public:
    size_t number_of(const std::string& name) {
        GUARD(mutex_);
        auto found = numbers_.find(name);
        if (found != numbers_.end()) {
            return found->second;
        }
        WINDOW(1);
        size_t number = numbers_.size();
        numbers_[name] = number;
        return number;
    }

  private:
    std::mutex mutex_;
    std::unordered_map<std::string, size_t> numbers_;
};

// Two threads that load the position before either stores the next get the same object.
class Cursor {
  public:
    static py::object next(py::handle self) {
        SECTION(self);
        auto& cursor = self.cast<Cursor&>();
        size_t position = cursor.position_;
        if (position >= cursor.objects_.size()) {
            throw py::stop_iteration();
        }
        WINDOW(1);
        cursor.position_ = position + 1;
        return cursor.objects_[position];
    }

  private:
    std::vector<py::object> objects_ = {py::int_(10), py::int_(20), py::int_(30)};
    size_t position_ = 0;
};

} // namespace

PYBIND11_MODULE(bound_pybind11, module, py::mod_gil_not_used()) {
    py::class_<Account>(module, "Account", py::module_local())
        .def(py::init<>())
        .def("withdraw", &Account::withdraw)
        .def("balance", &Account::balance);
    py::class_<Names>(module, "Names", py::module_local()).def(py::init<>()).def("number_of", &Names::number_of);
    py::class_<Cursor>(module, "Cursor", py::module_local())
        .def(py::init<>())
        .def("__iter__", [](py::object self) { return self; })
        .def("__next__", &Cursor::next);
}
