#include "scan/heads.hpp"

#include "scan/declarator.hpp"
#include "scan/words.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

constexpr uint32_t kFarthestBack = 100; // tokens of template arguments that are looked through for the name before them

constexpr uint32_t kLongestTemplate = 4000; // tokens between `<` and `>`

bool is_type_keyword(std::string_view word) {
    return word == "struct" || word == "class" || word == "union" || word == "enum";
}

// Words around a function's name and parameters that are neither its name nor its type.
bool is_decoration(std::string_view word) {
    return is_one_of(word, {"static",   "inline", "extern", "const",    "volatile",  "constexpr",    "consteval",
                            "virtual",  "friend", "final",  "override", "mutable",   "__inline",     "__inline__",
                            "restrict", "export", "try",    "noexcept", "_Noreturn", "__extension__"}) ||
           is_annotation(word);
}

// What follows a macro call that stands for a whole declaration: no parameter's declaration starts with one of these.
bool starts_anew(std::string_view word) {
    return is_one_of(word, {"static", "extern", "typedef", "template", "namespace", "using", "inline", "constexpr",
                            "virtual", "explicit", "friend", "class"});
}

uint32_t after_template_parameters(const Tree& tree, uint32_t at) {
    auto last = static_cast<uint32_t>(std::min<size_t>(tree.code.tokens.size(), at + kLongestTemplate));
    int depth = 0;
    for (; at < last; ++at) {
        std::string_view w = tree.word(at);
        if (w == "(" || w == "[" || w == "{") {
            at = tree.after(at) - 1;
        }
        depth += (w == "<") - (w == ">");
        if (w == ";" || depth == 0) {
            break;
        }
    }
    return at + (tree.word(at) == ">");
}

// `operator==`, `operator()`, `operator delete[]`, `operator std::vector<int>*`: up to its parameter list.
uint32_t after_operator(const Tree& tree, uint32_t at) {
    if (tree.word(at) == "(" && tree.word(at + 1) == ")") {
        return at + 2;
    }
    uint32_t limit = at + kFarthestBack;
    while (at < limit && at < tree.code.tokens.size() && !is_one_of(tree.word(at), {"(", ";", "{", "}"})) {
        ++at;
    }
    return at;
}

// `requires {...}` and `requires (T t) {...}` are expressions with braces; `requires (...)` alone is a clause.
uint32_t after_requirement(const Tree& tree, uint32_t keyword) {
    uint32_t next = keyword + 1;
    bool operand = keyword > 0 && is_one_of(tree.word(keyword - 1), {"requires", "&&", "||", "(", "!"});
    if (operand && tree.word(next) == "(" && tree.word(tree.after(next)) == "{") {
        return tree.after(tree.after(next));
    }
    return tree.word(next) == "{" ? tree.after(next) : next;
}

// The token before `open` that names something: over template arguments and attributes. `open` itself if none does.
uint32_t name_before(const Tree& tree, uint32_t first, uint32_t open) {
    uint32_t name = open > first ? open - 1 : open;
    if (tree.word(name) == "]" && tree.word(tree.code.partner[name] + 1) == "[") {
        name = std::max(tree.code.partner[name], first + 1) - 1;
    }
    int depth = 0;
    uint32_t from = name + 1;
    for (uint32_t i = from; tree.word(name) == ">" && i > first && from - i < kFarthestBack; --i) {
        depth += (tree.word(i - 1) == ">") - (tree.word(i - 1) == "<");
        if (depth == 0 && i - 1 > first) {
            name = i - 2;
        }
    }
    bool names = tree.is_name(name) && !is_annotation(tree.word(name)) && !tree.is_keyword(tree.word(name));
    return names ? name : open;
}

// Of `int (f)(int)` and `int (*f(int))(long)`, given the second parenthesis: the name within the first.
Candidate inner_declarator(const Tree& tree, Candidate outer) {
    uint32_t at = tree.code.partner[outer.open - 1] + 1, close = outer.open - 1;
    bool pointer = false;
    for (; at + 1 < close && tree.word(at + 1) != "("; ++at) {
        pointer |= tree.word(at) == "*";
    }
    if (!tree.is_name(at) || tree.is_keyword(tree.word(at))) {
        return {};
    }
    if (at + 1 == close) {
        return pointer ? Candidate{} : Candidate{at, outer.open};
    }
    return tree.after(at + 1) == close ? Candidate{at, at + 1} : Candidate{};
}

// Of the function seen so far and a further `name(`, the one that the declaration declares.
void choose(const Tree& tree, Head& head, Candidate candidate, bool is_constructor) {
    bool typed = head.words > 1 || is_constructor;
    head.words = 0;
    if (!head.has_parameters() || typed) { // `MACRO(x) type name(`: the last one names it
        head.function = candidate;
        head.typed = typed;
        return;
    }
    bool attribute_before = is_upper_case(tree.word(head.function.name)) && !is_upper_case(tree.word(candidate.name));
    if (!head.typed || attribute_before) { // `TYPE(int) name(`, `int ATTRIBUTE(x) name(`
        head.function = candidate;
        head.typed = true;
    } // else `name(params) ATTRIBUTE(x)`
}

// `public:`, `private slots:`: whatever stood before it, a macro without a semicolon perhaps, ends there.
uint32_t after_access_label(const Tree& tree, uint32_t at) {
    if (!is_one_of(tree.word(at), {"public", "private", "protected", "signals"})) {
        return at;
    }
    uint32_t colon = at + 1 + (tree.word(at + 1) == "slots" || tree.word(at + 1) == "Q_SLOTS");
    return tree.word(colon) == ":" ? colon + 1 : at;
}

} // namespace

uint32_t after_template_arguments(const Tree& tree, Head& head, uint32_t at) {
    if (tree.language == Language::Cxx && !head.initialized && !head.compares) {
        uint32_t after = after_template_parameters(tree, at);
        if (tree.word(after - 1) == ">") {
            return after;
        }
        head.compares = true;
    }
    return at + 1;
}

uint32_t read_word(const Tree& tree, Head& head, uint32_t at) {
    std::string_view w = tree.word(at);
    bool cxx = tree.language == Language::Cxx;
    if (uint32_t after = cxx ? after_access_label(tree, at) : at; after != at) {
        head = Head{};
        head.first = after;
        return after;
    }
    if (head.has_parameters() && !head.typed && !head.initialized && starts_anew(w)) {
        head = Head{};
        head.first = at;
    }
    if (is_type_keyword(w) && head.type_keyword == 0) {
        head.type_keyword = at + 1;
    } else if (w == "namespace" || (w == "extern" && tree.kind(at + 1) == TokenKind::String)) {
        head.linkage = at + 1;
    }
    head.typedef_ |= w == "typedef";
    head.words += !is_decoration(w);
    if (cxx && w == "template" && tree.word(at + 1) == "<") {
        head.words = 0;
        return after_template_parameters(tree, at + 1);
    }
    if (cxx && w == "requires") {
        return after_requirement(tree, at);
    }
    if (cxx && w == "operator" && !head.initialized) {
        uint32_t open = after_operator(tree, at + 1);
        if (tree.word(open) == "(") {
            head.function = {at, open};
            head.typed = true;
            head.words = 0;
            return tree.after(open);
        }
        return open;
    }
    return at + 1;
}

void read_parenthesis(const Tree& tree, Head& head, uint32_t open, std::string_view scope) {
    if (head.initialized || head.trailing) {
        return;
    }
    if (open > head.first && tree.word(open - 1) == ")") {
        uint32_t before = tree.code.partner[open - 1];
        if (head.has_parameters() && head.function.open == before) { // `WRAPPER(f)(`
            bool names = before + 3 == open && tree.is_name(before + 1) && !tree.is_keyword(tree.word(before + 1));
            head.function = {names ? before + 1 : head.function.name, open};
            head.typed = true;
        } else if (before < open - 1 && before >= head.first && !head.has_parameters()) {
            Candidate inner = inner_declarator(tree, {0, open});
            head.function = inner;
            head.typed = inner.open != 0;
        }
        return;
    }
    uint32_t name = name_before(tree, head.first, open);
    if (name < open) {
        bool destroys = name > head.first && tree.word(name - 1) == "~";
        choose(tree, head, {name - destroys, open}, destroys || (!scope.empty() && tree.word(name) == scope));
    }
}

bool is_type_body(const Head& head) {
    bool function = head.has_parameters() && head.function.name > head.type_keyword;
    return head.type_keyword != 0 && (!function || head.typedef_);
}

std::string_view type_name(const Tree& tree, const Head& head, uint32_t open) {
    std::string_view found;
    for (uint32_t i = head.type_keyword; i < open && tree.word(i) != ":"; ++i) {
        std::string_view w = tree.word(i);
        if (w == "<") {
            i = after_template_parameters(tree, i) - 1;
        } else if (w == "(" || w == "[") {
            i = tree.after(i) - 1;
        } else if (tree.is_name(i) && w != "final" && !is_annotation(w)) {
            found = w;
        }
    }
    return found;
}

std::string_view qualifier(const Tree& tree, uint32_t name) {
    if (name < 2 || tree.word(name - 1) != "::") {
        return {};
    }
    uint32_t before = name_before(tree, 0, name - 1);
    return before < name - 1 ? tree.word(before) : std::string_view();
}

uint32_t after_member_initializers(const Tree& tree, uint32_t colon) {
    auto last = static_cast<uint32_t>(tree.code.tokens.size());
    uint32_t at = colon + 1;
    for (; at < last && tree.word(at) != ";"; ++at) {
        std::string_view w = tree.word(at);
        bool member = tree.is_name(at - 1) || tree.word(at - 1) == ">";
        if (w == "{" && !member) {
            break;
        }
        if (w == "(" || w == "{") {
            at = tree.after(at) - 1;
        }
    }
    return at;
}

} // namespace ungil::scan
