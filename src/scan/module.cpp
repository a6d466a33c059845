#include "scan/bind.hpp"

#include "module_once.hpp"

namespace ungil::scan {

// Sources are bytes; what is not UTF-8 shows as U+FFFD rather than stopping the audit.
nb::str text(std::string_view bytes) {
    PyObject* decoded = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace");
    if (decoded == nullptr) {
        throw nb::python_error();
    }
    return nb::steal<nb::str>(decoded);
}

namespace {

constexpr size_t kLargestSource = UINT32_MAX - 1; // offsets are 32 bits wide

ProjectHandle scan(const nb::list& sources, unsigned threads) {
    std::vector<Source> read;
    for (nb::handle item : sources) {
        auto source = nb::cast<nb::tuple>(item);
        auto bytes = nb::cast<nb::bytes>(source[1]);
        if (bytes.size() > kLargestSource) {
            throw nb::value_error("a source of 4 GiB or more cannot be read");
        }
        auto language = nb::cast<bool>(source[2]) ? Language::Cxx : Language::C;
        read.push_back({nb::cast<std::string>(source[0]), std::string(bytes.c_str(), bytes.size()), language});
    }
    nb::gil_scoped_release detached;
    return {std::make_shared<const Project>(std::move(read), threads)};
}

} // namespace
} // namespace ungil::scan

UNGIL_MODULE(_scan, m) {
    using namespace ungil::scan;
    m.doc() = "The C and C++ front-end: text to facts, many files at once, detached from the interpreter.";
    bind_files(m);
    bind_functions(m);
    bind_bindings(m);
    bind_calls(m);
    bind_locks(m);
    bind_stale_uses(m);
    bind_regions(m);
    bind_variables(m);
    bind_accesses(m);
    bind_publications(m);
    bind_exposures(m);
    bind_syntax(m);
    nb::class_<ProjectHandle>(m, "Project")
        .def_prop_ro("files", [](const ProjectHandle& p) { return handles<FileHandle>(p, p.project->files()); })
        .def_prop_ro("exposures",
                     [](const ProjectHandle& p) { return handles<ExposureHandle>(p, p.project->exposures()); })
        .def_prop_ro("mutable_statics", &mutable_statics)
        .def_prop_ro("object_statics", &object_statics)
        .def_prop_ro("early_publications", &early_publications);
    m.def("scan", &scan, nb::arg("sources"), nb::arg("threads"));
}
