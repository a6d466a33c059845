#include "scan/bind.hpp"
#include "scan/publications.hpp"

namespace ungil::scan {

std::vector<PublicationHandle> early_publications(const ProjectHandle& project) {
    std::vector<PublicationHandle> result;
    for (const EarlyPublication& found : find_early_publications(project.project->files())) {
        result.push_back({{{project, found.place.file}, found.place.function}, found});
    }
    return result;
}

void bind_publications(nb::module_& m) {
    nb::class_<PublicationHandle>(m, "EarlyPublication")
        .def_ro("function", &PublicationHandle::function)
        .def_prop_ro("name", [](const PublicationHandle& p) { return text(p.early.name); })
        .def_prop_ro("by_call", [](const PublicationHandle& p) { return p.early.by_call; })
        .def_prop_ro("span",
                     [](const PublicationHandle& p) { return token_span(p.function.file.tree(), p.early.token); })
        .def_prop_ro("fill",
                     [](const PublicationHandle& p) { return token_span(p.function.file.tree(), p.early.fill); })
        .def_prop_ro("locks", [](const PublicationHandle& p) { return locks_at(p.function, p.early.token); });
}

} // namespace ungil::scan
