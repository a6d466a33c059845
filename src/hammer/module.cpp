// ungil._hammer: threads that make calls at the same moment, or by turns that change before any instruction.
//
// FREE_THREADED in CMakeLists.txt makes nanobind declare Py_MOD_GIL_NOT_USED. What the module keeps is one process's signal
// handlers, the text that they step through, and the fence around it: one crew uses them at a time, and its documentation
// says so. What threads of a crew share is in crew.hpp, with the order in which they may see it.
#include "hammer/crew.hpp"
#include "hammer/native_stacks.hpp"
#include "hammer/process.hpp"
#include "hammer/stepper.hpp"
#include "module_once.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using ungil::hammer::Crew;

namespace {

using Ranges = std::vector<std::pair<std::uintptr_t, std::uintptr_t>>;

std::vector<ungil::hammer::Range> ranges(const Ranges& written) {
    std::vector<ungil::hammer::Range> ranges;
    for (const auto& [begin, end] : written) {
        ranges.push_back({begin, end});
    }
    return ranges;
}

} // namespace

UNGIL_MODULE(_hammer, m) {
    m.doc() = "Threads that make calls together: use them through ungil.stress.hammer.";
    nb::set_leak_warnings(false);
    m.def("stepping_is_absent", &ungil::hammer::stepping_is_absent,
          "Why no thread can be stopped at an instruction here; empty where it can.");
    m.def(
        "set_text",
        [](const Ranges& home, const Ranges& beyond) { ungil::hammer::set_text({ranges(home), ranges(beyond)}); },
        "home"_a, "beyond"_a,
        "Step through these addresses from now on: the extension's own, and those beyond it that it calls.");
    m.def("give_signals_back", &ungil::hammer::give_signals_back,
          "Install again what SIGTRAP and SIGSEGV had before the first run.");
    m.def("write_stacks_on", &ungil::hammer::write_stacks_on, "signal"_a, "python"_a, "file"_a,
          "Have a signal write each thread's native stack to a file descriptor, and raise another one in it for its "
          "Python stack; returns why not, or an empty string.");
    m.def("write_stacks_of_crash", &ungil::hammer::write_stacks_of_crash,
          "Have them written when the process crashes, too.");
    m.def("take_part_in_stacks", &ungil::hammer::take_part_in_stacks, "number"_a,
          "Make the calling thread one of those whose stacks are written.");
    m.def("end_with_parent", &ungil::hammer::end_with_parent,
          "Have this process killed when the one that started it ends.");
    m.def("handler_of", &ungil::hammer::handler_of, "signal"_a,
          "The address of what handles a signal; 0 for the default.");
    nb::class_<Crew>(m, "Crew", "Threads that make calls together. One crew works at a time in a process.")
        .def(nb::init<int, bool>(), "threads"_a, "breakpoints"_a = true)
        .def_prop_ro("threads", &Crew::threads, "How many, the one that calls run() included.")
        .def_prop_ro("has_breakpoints", &Crew::has_breakpoints,
                     "Whether each thread that serves has a hardware breakpoint.")
        .def_prop_ro("serving", &Crew::serving, "How many threads have begun to serve.")
        .def("show_on", &Crew::show_on, "board"_a,
             "Have the threads say on this shared memory what they do, before any of them serves.")
        .def("serve", &Crew::serve, "thread"_a, "The life of that thread, until close().")
        .def("close", &Crew::close, "Let the threads that serve return.")
        .def("run", &Crew::run, "calls"_a, "schedule"_a, "Make each thread's calls by turns.")
        .def("together", &Crew::together, "calls"_a, "skews"_a, "times"_a = 1, "keep"_a = true,
             "Make all threads' calls at the same moment.")
        .def("trace", &Crew::trace, "calls"_a, "limit"_a, "Make calls in this thread, and say what they executed.");
}
