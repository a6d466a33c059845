#include "scan/bind.hpp"

namespace ungil::scan {

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
        .def_prop_ro("is_bound", [](const FunctionHandle& f) { return f.used_as(kBound); })
        .def_prop_ro("takes_keywords", [](const FunctionHandle& f) { return f.used_as(kKeywords); })
        .def_prop_ro("is_called_only",
                     [](const FunctionHandle& f) { return !f.used_as(kTable | kAddress | kInitialiser | kFinaliser); })
        .def_prop_ro("callers", &callers)
        .def_prop_ro("returns", &returns)
        .def("resolve", &resolve)
        .def_prop_ro("calls", [](const FunctionHandle& f) { return handles<CallHandle>(f, f.body().calls); })
        .def_prop_ro("exits", [](const FunctionHandle& f) { return handles<ExitHandle>(f, f.body().exits); })
        .def_prop_ro("lazy_fills",
                     [](const FunctionHandle& f) { return handles<LazyFillHandle>(f, f.body().lazy_fills); });
}

} // namespace ungil::scan
