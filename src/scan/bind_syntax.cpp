#include "scan/bind.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

constexpr std::array<const char*, 5> kKinds{"name", "number", "string", "character", "punctuator"};

// Where each token begins and ends, its kind, and the index of its partner: its own for what is no bracket.
nb::list words(const FileHandle& file) {
    std::array<nb::str, kKinds.size()> kinds;
    for (size_t i = 0; i < kKinds.size(); ++i) {
        kinds[i] = nb::str(kKinds[i]);
    }
    nb::list result;
    const Preprocessed& code = file.tree().code;
    for (size_t i = 0; i < code.tokens.size(); ++i) {
        Token token = code.tokens[i];
        result.append(nb::make_tuple(token.offset, token.offset + token.length, kinds[static_cast<size_t>(token.kind)],
                                     code.partner[i]));
    }
    return result;
}

std::vector<std::pair<uint32_t, uint32_t>> comments(const FileHandle& file) {
    std::vector<std::pair<uint32_t, uint32_t>> result;
    for (const Comment& comment : file.tree().comments) {
        result.emplace_back(comment.offset, comment.offset + comment.length);
    }
    return result;
}

// From the opening brace to one past the closing one.
std::pair<uint32_t, uint32_t> body_bytes(const FunctionHandle& function) {
    const Tree& tree = function.file.tree();
    const Range& body = function.function().body;
    Token last = tree.code.tokens[std::min<size_t>(body.last, tree.code.tokens.size() - 1)];
    return {tree.code.tokens[body.first - 1].offset, last.offset + last.length};
}

std::pair<uint32_t, uint32_t> pair(Range range) {
    return {range.first, range.last};
}

} // namespace

// For those who edit, which facts are not enough for: what was read, word by word.
void bind_syntax(nb::module_& m) {
    m.def("words", &words, nb::arg("file"));
    m.def("comments", &comments, nb::arg("file"));
    m.def("name_word", [](const FunctionHandle& f) { return f.function().name_token; }, nb::arg("function"));
    m.def("head_words", [](const FunctionHandle& f) { return pair(f.function().head); }, nb::arg("function"));
    m.def("body_bytes", &body_bytes, nb::arg("function"));
    m.def("body_words", [](const FunctionHandle& f) { return pair(f.function().body); }, nb::arg("function"));
}

} // namespace ungil::scan
