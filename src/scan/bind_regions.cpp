#include "scan/bind.hpp"
#include "scan/states.hpp"

namespace ungil::scan {
namespace {

const char* form_name(RegionForm form) {
    switch (form) {
    case RegionForm::Macro:
        return "macro";
    case RegionForm::Calls:
        return "calls";
    case RegionForm::Guard:
        return "guard";
    case RegionForm::Thread:
        break;
    }
    return "lambda";
}

std::vector<nb::tuple> leaves(const RegionHandle& handle) {
    std::vector<nb::tuple> found;
    const Tree& tree = handle.function.file.tree();
    for (const ThreadStates::Leave& leave : handle.function.body().states.leaves) {
        if (leave.region == handle.index) {
            found.push_back(nb::make_tuple(text(tree.word(leave.token)), token_span(tree, leave.token)));
        }
    }
    return found;
}

} // namespace

void bind_regions(nb::module_& m) {
    nb::class_<RegionHandle>(m, "Region")
        .def_ro("function", &RegionHandle::function)
        .def_prop_ro("form", [](const RegionHandle& r) { return form_name(r.region().form); })
        .def_prop_ro("span", [](const RegionHandle& r) { return token_span(r.function.file.tree(), r.region().token); })
        .def_prop_ro("tokens", [](const RegionHandle& r) { return r.region().last - r.region().token; })
        .def_prop_ro("text", [](const RegionHandle& r) { return text(r.function.file.tree().word(r.region().token)); })
        .def_prop_ro("is_certain", [](const RegionHandle& r) { return r.region().certain; })
        .def_prop_ro("is_ended", [](const RegionHandle& r) { return r.region().ended; })
        .def_prop_ro("leaves", &leaves)
        .def_prop_ro("calls", &calls_in);
}

} // namespace ungil::scan
