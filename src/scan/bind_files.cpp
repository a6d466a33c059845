#include "scan/bind.hpp"
#include "scan/comments.hpp"
#include "scan/states.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

std::vector<CallHandle> calls_to(const FileHandle& file, const nb::set& names) {
    std::vector<std::pair<uint32_t, uint32_t>> sites;
    for (nb::handle name : names) {
        auto named = file.facts().calls_named.find(nb::cast<std::string>(name));
        if (named != file.facts().calls_named.end()) {
            sites.insert(sites.end(), named->second.begin(), named->second.end());
        }
    }
    std::sort(sites.begin(), sites.end());
    std::vector<CallHandle> found;
    for (auto [function, call] : sites) {
        found.push_back({{file, function}, call});
    }
    return found;
}

std::vector<Span> spans(const Tree& tree, const std::vector<Stretch>& stretches) {
    std::vector<Span> found;
    for (Stretch stretch : stretches) {
        found.push_back({tree.text.position(stretch.first), tree.text.position(stretch.last)});
    }
    return found;
}

std::vector<CommentHandle> comments_with(const FileHandle& file, const nb::set& words) {
    std::vector<std::string> wanted;
    for (nb::handle word : words) {
        wanted.push_back(nb::cast<std::string>(word));
    }
    std::vector<CommentHandle> found;
    for (uint32_t index : CommentSearch(std::move(wanted)).find(file.tree())) {
        found.push_back({file, index});
    }
    return found;
}

Span comment_span(const CommentHandle& handle) {
    const Text& bytes = handle.file.tree().text;
    const Comment& comment = handle.comment();
    return {bytes.position(comment.offset), bytes.position(comment.offset + comment.length)};
}

nb::str comment_text(const CommentHandle& handle) {
    const Comment& comment = handle.comment();
    return text(handle.file.tree().text.all().substr(comment.offset, comment.length));
}

nb::list bound_classes(const FileHandle& file) {
    nb::list result;
    for (const BoundClass& bound : file.facts().bindings.classes) {
        result.append(nb::make_tuple(text(bound.name), token_span(file.tree(), bound.token)));
    }
    return result;
}

nb::list bound_containers(const FileHandle& file) {
    nb::list result;
    for (const BoundContainer& bound : file.facts().bindings.containers) {
        result.append(nb::make_tuple(text(bound.how), token_span(file.tree(), bound.token)));
    }
    return result;
}

// The names in a macro's body; None if the file defines no such macro.
nb::object macro(const FileHandle& file, const std::string& name) {
    const auto& macros = file.tree().code.macros;
    auto found = macros.find(name);
    if (found == macros.end()) {
        return nb::none();
    }
    nb::list names;
    for (std::string_view word : found->second.words) {
        names.append(text(word));
    }
    return names;
}

nb::list includes(const FileHandle& file) {
    nb::list result;
    const Text& source = file.tree().text;
    for (const Include& include : file.tree().code.includes) {
        Position first = source.position(include.offset);
        result.append(nb::make_tuple(text(include.path), Span{first, first}, include.depth));
    }
    return result;
}

// The names that a branch about the GIL keeps from the free-threaded build, if they are wanted.
std::vector<nb::tuple> compiled_out(const FileHandle& file, const nb::set& names) {
    std::vector<nb::tuple> found;
    const Tree& tree = file.tree();
    for (const CompiledOut& left_out : tree.code.compiled_out) {
        nb::str name = text(tree.text.at(left_out.name));
        if (names.contains(name)) {
            Position first = tree.text.position(left_out.name.offset);
            Span span{first, tree.text.position(left_out.name.offset + left_out.name.length)};
            found.push_back(nb::make_tuple(name, span, branch_conditions(tree, left_out.branch)));
        }
    }
    return found;
}

} // namespace

void bind_files(nb::module_& m) {
    nb::class_<Span>(m, "Span")
        .def_prop_ro("line", [](const Span& s) { return s.first.line; })
        .def_prop_ro("column", [](const Span& s) { return s.first.column; })
        .def_prop_ro("end_line", [](const Span& s) { return s.last.line; })
        .def_prop_ro("end_column", [](const Span& s) { return s.last.column; });
    nb::class_<CommentHandle>(m, "Comment").def_prop_ro("span", &comment_span).def_prop_ro("text", &comment_text);
    nb::class_<FileHandle> file(m, "File");
    file.def_prop_ro("path", [](const FileHandle& f) { return f.facts().path; })
        .def_prop_ro("lines", [](const FileHandle& f) { return f.tree().text.lines(); })
        .def_prop_ro("functions", [](const FileHandle& f) { return handles<FunctionHandle>(f, f.tree().functions); })
        .def_prop_ro("variables", &variables)
        .def_prop_ro("records", [](const FileHandle& f) { return handles<RecordHandle>(f, f.tree().records); })
        .def_prop_ro("modules", [](const FileHandle& f) { return handles<ModuleEntryHandle>(f, f.facts().modules); })
        .def_prop_ro("bindings",
                     [](const FileHandle& f) { return handles<BindingHandle>(f, f.facts().bindings.members); })
        .def_prop_ro("bound_classes", &bound_classes)
        .def_prop_ro("bound_containers", &bound_containers)
        .def_prop_ro("unread_tokens", [](const FileHandle& f) { return f.tree().code.unread; })
        .def_prop_ro("excluded_tokens", [](const FileHandle& f) { return f.tree().code.excluded; })
        .def_prop_ro("unread", [](const FileHandle& f) { return spans(f.tree(), f.tree().code.unread_text); })
        .def_prop_ro("excluded", [](const FileHandle& f) { return spans(f.tree(), f.tree().code.excluded_text); })
        .def_prop_ro("tokens", [](const FileHandle& f) { return f.tree().code.tokens.size(); })
        .def_prop_ro("unterminated", [](const FileHandle& f) { return f.tree().unterminated; })
        .def_prop_ro("lone_brackets", [](const FileHandle& f) { return f.tree().code.lone_brackets; })
        .def_prop_ro("unclear_tokens", [](const FileHandle& f) { return f.tree().unclear_tokens; })
        .def_prop_ro("unclear_braces", [](const FileHandle& f) { return f.tree().unclear; })
        .def_prop_ro("includes", &includes)
        .def_prop_ro("detached", &regions)
        .def_prop_ro("detached_calls", &detached_calls)
        .def("compiled_out", &compiled_out)
        .def_prop_ro("locks", &locks_taken)
        .def_prop_ro("speaks_to_python", [](const FileHandle& f) { return f.facts().speaks_to_python; })
        .def("calls_to", &calls_to)
        .def("comments_with", &comments_with)
        .def("macro", &macro);
    bind_references(file, m);
}

} // namespace ungil::scan
