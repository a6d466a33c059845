#include "scan/bind.hpp"
#include "scan/class_members.hpp"
#include "scan/declarator.hpp"

namespace ungil::scan {
namespace {

const char* framework_name(Framework framework) {
    switch (framework) {
    case Framework::Pybind11:
        return "pybind11";
    case Framework::Nanobind:
        return "nanobind";
    case Framework::BoostPython:
        return "Boost.Python";
    case Framework::None:
        break;
    }
    return "";
}

struct MemberUseHandle {
    ProjectHandle of;
    ClassMemberUse use;

    FileHandle file() const { return {of, use.method.file}; }
};

template <Classes Which>
std::vector<MemberUseHandle> member_uses(const ProjectHandle& project) {
    std::vector<MemberUseHandle> result;
    for (const ClassMemberUse& use : find_class_member_uses(project.project->files(), Which)) {
        result.push_back({project, use});
    }
    return result;
}

const char* use_name(ClassMemberUseKind kind) {
    return kind == ClassMemberUseKind::Read ? "read" : kind == ClassMemberUseKind::Write ? "write" : "mutate";
}

nb::object function(const ModuleEntryHandle& m) {
    uint32_t index = m.entry().function;
    return index == ModuleEntry::kNoFunction ? nb::none() : nb::cast(FunctionHandle{m.file, index});
}

nb::list arguments(const ModuleEntryHandle& m) {
    nb::list result;
    for (Range argument : split(m.file.tree(), m.entry().arguments, ",")) {
        result.append(text(m.file.tree().source(argument)));
    }
    return result;
}

nb::list expansion(const ModuleEntryHandle& m) {
    nb::list result;
    for (std::string_view word : m.entry().expansion) {
        result.append(text(word));
    }
    return result;
}

} // namespace

void bind_bindings(nb::module_& m) {
    nb::class_<ModuleEntryHandle>(m, "ModuleEntry")
        .def_ro("file", &ModuleEntryHandle::file)
        .def_prop_ro("framework", [](const ModuleEntryHandle& e) { return framework_name(e.entry().framework); })
        .def_prop_ro("name", [](const ModuleEntryHandle& e) { return text(e.entry().name); })
        .def_prop_ro("macro", [](const ModuleEntryHandle& e) { return text(e.file.tree().word(e.entry().token)); })
        .def_prop_ro("function", &function)
        .def_prop_ro("arguments", &arguments)
        .def_prop_ro("expansion", &expansion)
        .def_prop_ro("span", [](const ModuleEntryHandle& e) { return token_span(e.file.tree(), e.entry().token); });
    nb::class_<MemberUseHandle>(m, "MemberUse")
        .def_prop_ro("method", [](const MemberUseHandle& u) { return FunctionHandle{u.file(), u.use.method.function}; })
        .def_prop_ro("type", [](const MemberUseHandle& u) { return text(u.use.record->name); })
        .def_prop_ro("field", [](const MemberUseHandle& u) { return text(u.use.field->name); })
        .def_prop_ro("field_type", [](const MemberUseHandle& u) { return text(u.use.field->type); })
        .def_prop_ro("is_mutable", [](const MemberUseHandle& u) { return u.use.field->is_mutable; })
        .def_prop_ro("kind", [](const MemberUseHandle& u) { return use_name(u.use.kind); })
        .def_prop_ro("is_element", [](const MemberUseHandle& u) { return u.use.element; })
        .def_prop_ro("is_locked", [](const MemberUseHandle& u) { return u.use.locked; })
        .def_prop_ro("span", [](const MemberUseHandle& u) { return token_span(u.file().tree(), u.use.token); });
    m.def("member_uses", &member_uses<Classes::Bound>, nb::arg("project"));
    m.def("singleton_uses", &member_uses<Classes::Singletons>, nb::arg("project"));
    nb::class_<BindingHandle>(m, "Binding")
        .def_ro("file", &BindingHandle::file)
        .def_prop_ro("how", [](const BindingHandle& b) { return text(b.binding().how); })
        .def_prop_ro("scope", [](const BindingHandle& b) { return text(b.binding().scope); })
        .def_prop_ro("name", [](const BindingHandle& b) { return text(b.binding().name); })
        .def_prop_ro("locks_self", [](const BindingHandle& b) { return b.binding().locks_self; })
        .def_prop_ro("locked_arguments", [](const BindingHandle& b) { return b.binding().locked; })
        .def_prop_ro("detaches", [](const BindingHandle& b) { return b.binding().detaches; })
        .def_prop_ro("span", [](const BindingHandle& b) { return token_span(b.file.tree(), b.binding().token); });
}

} // namespace ungil::scan
