#include "scan/syntax.hpp"

#include "scan/parser.hpp"

#include <unordered_set>

namespace ungil::scan {

Position Tree::position(uint32_t index) const {
    if (code.tokens.empty())
        return {1, 1};
    return text.position(code.tokens[std::min<size_t>(index, code.tokens.size() - 1)].offset);
}

std::string_view Tree::source(Range range) const {
    if (range.empty() || range.last > code.tokens.size())
        return {};
    Token last = code.tokens[range.last - 1];
    uint32_t first = code.tokens[range.first].offset;
    return text.all().substr(first, last.offset + last.length - first);
}

bool is_keyword(std::string_view word) {
    static const std::unordered_set<std::string_view> keywords{
        "alignas",   "alignof",       "asm",      "auto",          "bool",          "break",      "case",
        "catch",     "char",          "class",    "const",         "constexpr",     "continue",   "co_await",
        "co_return", "co_yield",      "decltype", "default",       "delete",        "do",         "double",
        "else",      "enum",          "explicit", "extern",        "false",         "float",      "for",
        "friend",    "goto",          "if",       "inline",        "int",           "long",       "mutable",
        "namespace", "new",           "noexcept", "nullptr",       "operator",      "private",    "protected",
        "public",    "register",      "return",   "short",         "signed",        "sizeof",     "static",
        "struct",    "switch",        "template", "this",          "throw",         "true",       "try",
        "typedef",   "typeid",        "typename", "union",         "unsigned",      "using",      "virtual",
        "void",      "volatile",      "while",    "static_assert", "__attribute__", "__declspec", "requires",
        "_Alignas",  "_Static_assert"};
    return keywords.count(word) != 0;
}

std::shared_ptr<const Tree> parse(std::string bytes, Language language) {
    auto tree = std::make_shared<Tree>(Tree{Text(std::move(bytes)), language, {}, {}, {}, {}, 0, 0});
    Tokens tokens = tokenize(tree->text);
    tree->unterminated = tokens.unterminated;
    tree->code = preprocess(tree->text, tokens, language);
    tree->comments = std::move(tokens.comments);
    parse_declarations(*tree);
    for (Function& function : tree->functions)
        parse_statements(*tree, function);
    return tree;
}

} // namespace ungil::scan
