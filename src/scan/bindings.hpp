#pragma once

#include "scan/body.hpp"

namespace ungil::scan {

// What makes the function that the interpreter calls to import a module: the source itself, or a framework's macro.
enum class Framework : uint8_t { None, Pybind11, Nanobind, BoostPython };

// Where an extension module begins: `PyInit_spam(void) {`, `PYBIND11_MODULE(spam, m) {`, or a macro of the project that
// stands for one of them, `OUR_MODULE(spam) {`.
struct ModuleEntry {
    static constexpr uint32_t kNoFunction = UINT32_MAX;

    Framework framework;
    std::string_view name;                   // of the module; empty if a macro makes it up
    uint32_t token;                          // of the function's name or of the macro
    uint32_t function;                       // index into Tree::functions, or kNoFunction if a macro holds all of it
    Range arguments;                         // of the macro; empty for a function that is written out
    std::vector<std::string_view> expansion; // the names in the project's macros that it is written with
};

// `.def("name", &Class::method, nb::lock_self())`: a method or a field that a framework shows to Python.
struct Binding {
    std::string_view how;   // def, def_rw, def_prop_ro, ...
    std::string_view scope; // Class; empty for a free function
    std::string_view name;  // method
    uint32_t token;         // of the name
    bool locks_self;        // nb::lock_self()
    uint32_t locked;        // arguments with .lock(), self included
    bool detaches;          // py::call_guard<py::gil_scoped_release>()
};

// `py::class_<Shelf, Base>(m, "Shelf")`
struct BoundClass {
    std::string_view name; // without namespaces
    uint32_t token;
};

// `py::bind_vector<std::vector<int>>(m, "Numbers")`: a container of the standard library that Python changes itself.
struct BoundContainer {
    std::string_view how; // bind_vector, vector_indexing_suite, ...
    uint32_t token;       // of how
};

// What one file tells a binding framework.
struct Bindings {
    std::vector<Binding> members;
    std::vector<BoundClass> classes;
    std::vector<BoundContainer> containers;
    std::vector<uint32_t> invocations; // names without lower-case letters before a parenthesis at file scope
};

Bindings read_bindings(const Tree& tree, const std::vector<Body>& bodies);

} // namespace ungil::scan
