#pragma once

// Python.h comes first: it sets macros that the standard library's headers read.
#include <nanobind/nanobind.h>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "scan/lock_verbs.hpp"
#include "scan/publications.hpp"
#include "scan/queries.hpp"

namespace ungil::scan {

namespace nb = nanobind;

// What Python sees of the front-end: one bind_x per subject, in bind_x.cpp, in the words of _scan.pyi.
void bind_accesses(nb::module_& m);
void bind_bindings(nb::module_& m);
void bind_calls(nb::module_& m);
void bind_exposures(nb::module_& m);
void bind_files(nb::module_& m);
void bind_functions(nb::module_& m);
void bind_locks(nb::module_& m);
void bind_publications(nb::module_& m);
void bind_regions(nb::module_& m);
void bind_stale_uses(nb::module_& m);
void bind_syntax(nb::module_& m);
void bind_references(nb::class_<FileHandle>& file, nb::module_& m);
void bind_variables(nb::module_& m);

struct PublicationHandle {
    FunctionHandle function;
    EarlyPublication early;
};

std::vector<PublicationHandle> early_publications(const ProjectHandle& project);

// What conditions say at a statement, as predicate, subject and whether it holds.
nb::list known(const FunctionHandle& function, uint32_t node);

// Sources are bytes; what is not UTF-8 shows as U+FFFD rather than stopping the audit.
nb::str text(std::string_view bytes);

template <typename Handle, typename Parent, typename Items>
std::vector<Handle> handles(const Parent& of, const Items& items) {
    std::vector<Handle> result;
    for (uint32_t i = 0; i < items.size(); ++i) {
        result.push_back({of, i});
    }
    return result;
}

} // namespace ungil::scan
