#include "scan/bind.hpp"

namespace ungil::scan {
namespace {

const char* hazard_name(Hazard hazard) {
    switch (hazard) {
    case Hazard::Flag:
        return "flag";
    case Hazard::Borrow:
        return "borrow";
    case Hazard::Read:
        return "read";
    case Hazard::Write:
        return "write";
    case Hazard::Update:
        return "update";
    case Hazard::Deep:
        return "deep";
    case Hazard::Pointer:
        return "pointer";
    case Hazard::Temporary:
        return "temporary";
    case Hazard::Lazy:
        return "lazy";
    case Hazard::Release:
        break;
    }
    return "release";
}

nb::str record_name(const ExposureHandle& e) {
    const Record& record = *e.exposure().record;
    return text(record.alias.empty() ? record.name : record.alias);
}

} // namespace

void bind_exposures(nb::module_& m) {
    nb::class_<ExposureHandle>(m, "Exposure")
        .def_prop_ro("function", &ExposureHandle::function)
        .def_prop_ro("span",
                     [](const ExposureHandle& e) { return token_span(e.function().file.tree(), e.exposure().token); })
        .def_prop_ro("type", &record_name)
        .def_prop_ro("field", [](const ExposureHandle& e) { return text(e.exposure().field->name); })
        .def_prop_ro("field_type", [](const ExposureHandle& e) { return text(e.exposure().field->type); })
        .def_prop_ro("field_pointers", [](const ExposureHandle& e) { return e.exposure().field->pointers; })
        .def_prop_ro("hazard", [](const ExposureHandle& e) { return hazard_name(e.exposure().hazard); })
        .def_prop_ro("is_entered", [](const ExposureHandle& e) { return e.exposure().entered; })
        .def_prop_ro("via", [](const ExposureHandle& e) { return text(e.exposure().via); })
        .def_prop_ro("other", [](const ExposureHandle& e) { return text(e.exposure().other); })
        .def_prop_ro("guarded", [](const ExposureHandle& e) { return e.exposure().guarded; })
        .def_prop_ro("unguarded", [](const ExposureHandle& e) { return e.exposure().unguarded; });
}

} // namespace ungil::scan
