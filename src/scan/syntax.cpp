#include "scan/syntax.hpp"

#include "scan/parser.hpp"

#include <unordered_set>

namespace ungil::scan {

Position Tree::position(uint32_t index) const {
    if (code.tokens.empty()) {
        return {1, 1};
    }
    return text.position(code.tokens[std::min<size_t>(index, code.tokens.size() - 1)].offset);
}

std::string_view Tree::source(Range range) const {
    if (range.empty() || range.last > code.tokens.size()) {
        return {};
    }
    Token last = code.tokens[range.last - 1];
    uint32_t first = code.tokens[range.first].offset;
    return text.all().substr(first, last.offset + last.length - first);
}

bool Tree::is_keyword(std::string_view word) const {
    static const std::unordered_set<std::string_view> c{
        "alignas",       "alignof",   "asm",     "auto",     "bool",   "break",         "case",     "char",
        "const",         "continue",  "default", "do",       "double", "else",          "enum",     "extern",
        "float",         "for",       "goto",    "if",       "inline", "int",           "long",     "register",
        "return",        "short",     "signed",  "sizeof",   "static", "struct",        "switch",   "typedef",
        "union",         "unsigned",  "void",    "volatile", "while",  "__attribute__", "_Alignas", "_Static_assert",
        "static_assert", "__declspec", "__asm__", "__asm", "__extension__", "__typeof__", "typeof", "_Alignof", "_Generic",
        "__alignof__"};
    static const std::unordered_set<std::string_view> cxx_only{
        "catch",    "class",   "constexpr", "co_await", "co_return", "co_yield", "decltype", "delete",
        "explicit", "false",   "friend",    "mutable",  "namespace", "new",      "noexcept", "nullptr",
        "operator", "private", "protected", "public",   "requires",  "template", "this",     "throw",
        "true",     "try",     "typeid",    "typename", "using",     "virtual"};
    return c.count(word) != 0 || (language == Language::Cxx && cxx_only.count(word) != 0);
}

std::shared_ptr<const Tree> parse(std::string bytes, Language language) {
    auto tree = std::make_shared<Tree>(Tree{Text(std::move(bytes)), language, {}, {}, {}, {}, {}, 0, 0});
    Tokens tokens = tokenize(tree->text);
    tree->unterminated = tokens.unterminated;
    tree->code = preprocess(tree->text, tokens, language);
    tree->comments = std::move(tokens.comments);
    parse_declarations(*tree);
    for (Function& function : tree->functions) {
        parse_statements(*tree, function);
    }
    return tree;
}

} // namespace ungil::scan
