#include "scan/bind.hpp"
#include "scan/states.hpp"
#include "scan/seen_types.hpp"

namespace ungil::scan {

namespace {

nb::list parameters(const FunctionHandle& f) {
    nb::list result;
    for (const Parameter& parameter : f.function().parameters) {
        result.append(nb::make_tuple(text(parameter.name), text(parameter.type)));
    }
    return result;
}

// More uses of one variable in one function than any person writes.
constexpr size_t kMaximumUses = 256;

std::vector<CallHandle> calls_with(const FunctionHandle& function, const std::string& variable) {
    std::vector<CallHandle> found;
    const auto& handed = function.body().handed;
    auto uses = handed.find(variable);
    for (size_t i = 0; uses != handed.end() && i < std::min(uses->second.size(), kMaximumUses); ++i) {
        found.push_back({function, uses->second[i].call});
    }
    return found;
}

} // namespace

void bind_functions(nb::module_& m) {
    nb::class_<FunctionHandle>(m, "Function")
        .def_ro("file", &FunctionHandle::file)
        .def_prop_ro("key", [](const FunctionHandle& f) { return std::make_pair(f.file.index, f.index); })
        .def_prop_ro("name", [](const FunctionHandle& f) { return text(f.function().name); })
        .def_prop_ro("scope", [](const FunctionHandle& f) { return text(f.function().scope); })
        .def_prop_ro("span", [](const FunctionHandle& f) { return token_span(f.file.tree(), f.function().name_token); })
        .def_prop_ro("is_static", [](const FunctionHandle& f) { return f.function().is_static; })
        .def_prop_ro("only_initialises",
                     [](const FunctionHandle& f) { return bool(f.file.facts().only_initialises[f.index]); })
        .def_prop_ro("is_finaliser", [](const FunctionHandle& f) { return f.used_as(kFinaliser); })
        .def_prop_ro("advances_iterator", [](const FunctionHandle& f) { return f.used_as(kIterator); })
        .def_prop_ro("exports_buffer", [](const FunctionHandle& f) { return f.used_as(kBuffer); })
        .def_prop_ro("is_address_taken", [](const FunctionHandle& f) { return f.used_as(kAddress); })
        .def_prop_ro("is_in_table", [](const FunctionHandle& f) { return f.used_as(kTable); })
        .def_prop_ro("is_bound", [](const FunctionHandle& f) { return f.used_as(kBound); })
        .def_prop_ro("takes_keywords", [](const FunctionHandle& f) { return f.used_as(kKeywords); })
        .def_prop_ro("is_called_only",
                     [](const FunctionHandle& f) { return !f.used_as(kTable | kAddress | kInitialiser | kFinaliser); })
        .def_prop_ro("is_called_locked", [](const FunctionHandle& f) { return f.called_under(kSomeLock); })
        .def_prop_ro("is_called_under_mutex", [](const FunctionHandle& f) { return f.called_under(kSomeMutex); })
        .def_prop_ro("says_locked", [](const FunctionHandle& f) { return says_locked(f.function().name); })
        .def_prop_ro("locks", [](const FunctionHandle& f) { return handles<LockHandle>(f, f.body().locks); })
        .def_prop_ro("callers", &callers)
        .def_prop_ro("returns", &returns)
        .def("calls_with", &calls_with)
        .def("resolve", &resolve)
        .def_prop_ro("parameters", &parameters)
        .def("type_of", [](const FunctionHandle& f, const std::string& name) { return text(type_of(f, name)); })
        .def_prop_ro("only_runs_detached",
                     [](const FunctionHandle& f) { return bool(f.file.facts().only_detached[f.index]); })
        .def_prop_ro("starts_thread",
                     [](const FunctionHandle& f) { return bool(f.file.facts().starts_thread[f.index]); })
        .def_prop_ro("detached",
                     [](const FunctionHandle& f) { return handles<RegionHandle>(f, f.body().states.regions); })
        .def_prop_ro("conditions",
                     [](const FunctionHandle& f) { return conditions(f.file.tree(), f.function().name_token); })
        .def_prop_ro("calls", [](const FunctionHandle& f) { return handles<CallHandle>(f, f.body().calls); })
        .def_prop_ro("exits", [](const FunctionHandle& f) { return handles<ExitHandle>(f, f.body().exits); })
        .def_prop_ro("lazy_fills",
                     [](const FunctionHandle& f) { return handles<LazyFillHandle>(f, f.body().lazy_fills); });
}

} // namespace ungil::scan
