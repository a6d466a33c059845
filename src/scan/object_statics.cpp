#include "scan/queries.hpp"

#include <unordered_set>

namespace ungil::scan {
namespace {

bool is_library(std::string_view scope) {
    return scope == "py" || scope == "nb" || scope == "pybind11" || scope == "nanobind";
}

// Classes of pybind11 and nanobind whose values own a reference.
bool is_object_class(std::string_view name) {
    static const std::unordered_set<std::string_view> names{
        "object",     "module_",  "module",   "str",   "bytes",        "list",      "dict",
        "tuple",      "set",      "function", "type",  "int_",         "float_",    "bool_",
        "none",       "iterator", "capsule",  "array", "cpp_function", "exception", "error_already_set",
        "memoryview", "slice",    "any"};
    return names.count(name) != 0;
}

// `py::object`, `nb::dict`; a class of that name in another namespace is somebody else's.
bool holds_object(const Tree& tree, const Variable& variable) {
    if (variable.pointers != 0 || !is_object_class(variable.type)) {
        return false;
    }
    for (uint32_t i = variable.specifiers.first; i + 2 < variable.token; ++i) {
        if (is_library(tree.word(i)) && tree.word(i + 1) == "::" && tree.word(i + 2) == variable.type) {
            return true;
        }
    }
    return false;
}

// `= py::module_::import("x")`, `= PyImport_ImportModule("x")`; what a lambda in it does counts too.
bool calls_python(const Tree& tree, Range initializer) {
    for (uint32_t i = initializer.first; i < initializer.last; ++i) {
        if (!tree.is_name(i)) {
            continue;
        }
        std::string_view word = tree.word(i);
        bool api = word.size() > 3 && word.substr(0, 2) == "Py" && word.find('_') != std::string_view::npos &&
                   tree.word(i + 1) == "(";
        bool library = is_library(word) && tree.word(i + 1) == "::" && is_object_class(tree.word(i + 2));
        if (api || library) {
            return true;
        }
    }
    return false;
}

bool is_static(const Variable& variable, bool global) {
    return variable.storage != Storage::Extern && (global || variable.storage != Storage::Automatic);
}

} // namespace

std::vector<VariableHandle> object_statics(const ProjectHandle& project) {
    std::vector<VariableHandle> found;
    const auto& files = project.project->files();
    for (uint32_t f = 0; f < files.size(); ++f) {
        const Tree& tree = *files[f].tree;
        auto look = [&](const std::vector<Variable>& variables, bool global) {
            for (const Variable& variable : variables) {
                if (is_static(variable, global) &&
                    (holds_object(tree, variable) || calls_python(tree, variable.initializer))) {
                    found.push_back({{project, f}, &variable});
                }
            }
        };
        if (tree.language == Language::Cxx) {
            look(tree.globals, true);
            for (const Body& body : files[f].bodies) {
                look(body.locals, false);
            }
        }
    }
    return found;
}

} // namespace ungil::scan
