#include "scan/bind.hpp"
#include "scan/comments.hpp"

namespace ungil::scan {
namespace {

std::vector<CallHandle> calls_to(const FileHandle& file, const nb::set& names) {
    std::unordered_map<std::string, bool> wanted;
    for (nb::handle name : names) {
        wanted.emplace(nb::cast<std::string>(name), true);
    }
    std::vector<CallHandle> found;
    std::string name;
    for (uint32_t f = 0; f < file.tree().functions.size(); ++f) {
        const auto& calls = file.facts().bodies[f].calls;
        for (uint32_t i = 0; i < calls.size(); ++i) {
            if (wanted.count(name.assign(calls[i].name)) != 0) {
                found.push_back({{file, f}, i});
            }
        }
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

} // namespace

void bind_files(nb::module_& m) {
    nb::class_<Span>(m, "Span")
        .def_prop_ro("line", [](const Span& s) { return s.first.line; })
        .def_prop_ro("column", [](const Span& s) { return s.first.column; })
        .def_prop_ro("end_line", [](const Span& s) { return s.last.line; })
        .def_prop_ro("end_column", [](const Span& s) { return s.last.column; });
    nb::class_<CommentHandle>(m, "Comment").def_prop_ro("span", &comment_span).def_prop_ro("text", &comment_text);
    nb::class_<FileHandle>(m, "File")
        .def_prop_ro("path", [](const FileHandle& f) { return f.facts().path; })
        .def_prop_ro("lines", [](const FileHandle& f) { return f.tree().text.lines(); })
        .def_prop_ro("functions", [](const FileHandle& f) { return handles<FunctionHandle>(f, f.tree().functions); })
        .def_prop_ro("variables", &variables)
        .def_prop_ro("records", [](const FileHandle& f) { return handles<RecordHandle>(f, f.tree().records); })
        .def_prop_ro("unread_tokens", [](const FileHandle& f) { return f.tree().code.unread; })
        .def_prop_ro("excluded_tokens", [](const FileHandle& f) { return f.tree().code.excluded; })
        .def_prop_ro("tokens", [](const FileHandle& f) { return f.tree().code.tokens.size(); })
        .def_prop_ro("unterminated", [](const FileHandle& f) { return f.tree().unterminated; })
        .def_prop_ro("unclear_braces", [](const FileHandle& f) { return f.tree().unclear; })
        .def("calls_to", &calls_to)
        .def("comments_with", &comments_with)
        .def("macro", &macro);
}

} // namespace ungil::scan
