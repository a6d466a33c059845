#include "scan/syntax.hpp"

#include "scan/parser.hpp"
#include "scan/switched_off.hpp"

#include <array>
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

namespace {

constexpr std::string_view kCKeywords[] = {
    "alignas",       "alignof",      "asm",     "auto",     "bool",   "break",         "case",     "char",
    "const",         "continue",     "default", "do",       "double", "else",          "enum",     "extern",
    "float",         "for",          "goto",    "if",       "inline", "int",           "long",     "register",
    "return",        "short",        "signed",  "sizeof",   "static", "struct",        "switch",   "typedef",
    "union",         "unsigned",     "void",    "volatile", "while",  "__attribute__", "_Alignas", "_Static_assert",
    "static_assert", "__declspec",   "__asm__", "__asm",    "typeof", "__typeof__",    "_Alignof", "__alignof__",
    "_Generic",      "__extension__"};
constexpr std::string_view kCxxKeywords[] = {"catch",     "class",  "constexpr", "co_await", "co_return", "co_yield",
                                             "decltype",  "delete", "explicit",  "false",    "friend",    "mutable",
                                             "namespace", "new",    "noexcept",  "nullptr",  "operator",  "private",
                                             "protected", "public", "requires",  "template", "this",      "throw",
                                             "true",      "try",    "typeid",    "typename", "using",     "virtual"};

// Nearly every name is no keyword, and a look at its first letter and its length tells: no hashing.
class Keywords {
  public:
    template <size_t N>
    explicit Keywords(const std::string_view (&words)[N]) : words_(words, words + N) {
        for (std::string_view word : words) {
            lengths_[first(word)] |= 1u << word.size();
        }
    }

    bool contains(std::string_view word) const {
        return !word.empty() && word.size() < 32 && (lengths_[first(word)] >> word.size() & 1) != 0 &&
               words_.count(word) != 0;
    }

  private:
    static size_t first(std::string_view word) { return static_cast<unsigned char>(word[0]); }

    std::array<uint32_t, 256> lengths_{}; // of the keywords with that first byte, as bits
    std::unordered_set<std::string_view> words_;
};

} // namespace

bool Tree::is_keyword(std::string_view word) const {
    static const Keywords c(kCKeywords), cxx_only(kCxxKeywords);
    return c.contains(word) || (language == Language::Cxx && cxx_only.contains(word));
}

std::shared_ptr<const Tree> parse(std::string bytes, Language language) {
    auto tree = std::make_shared<Tree>(Tree{Text(std::move(bytes)), language, {}, {}, {}, {}, {}, 0, 0});
    Tokens tokens = tokenize(tree->text);
    tree->unterminated = tokens.unterminated;
    tree->code = preprocess(tree->text, tokens, language);
    empty_switched_off(tree->text, tree->code);
    tree->comments = std::move(tokens.comments);
    parse_declarations(*tree);
    for (Function& function : tree->functions) {
        parse_statements(*tree, function);
    }
    return tree;
}

} // namespace ungil::scan
