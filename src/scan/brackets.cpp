#include "scan/brackets.hpp"

namespace ungil::scan {
namespace {

// A brace outranks what is still open inside it: `f(a; }` loses its parenthesis, not the rest of the file.
void close_bracket(Preprocessed& out, std::vector<std::pair<char, uint32_t>>& open, char close, uint32_t index) {
    char wanted = close == ')' ? '(' : close == '}' ? '{' : '[';
    while (close == '}' && !open.empty() && open.back().first != '{') {
        open.pop_back();
        ++out.lone_brackets;
    }
    if (open.empty() || open.back().first != wanted) {
        ++out.lone_brackets;
        return;
    }
    out.partner[index] = open.back().second;
    out.partner[open.back().second] = index;
    open.pop_back();
}

} // namespace

void match_brackets(const Text& text, Preprocessed& out) {
    const auto& tokens = out.tokens;
    out.partner.resize(tokens.size());
    std::vector<std::pair<char, uint32_t>> open;
    for (uint32_t i = 0; i < tokens.size(); ++i) {
        out.partner[i] = i;
        char c = bracket(text, tokens[i]);
        if (c == '(' || c == '{' || c == '[') {
            open.emplace_back(c, i);
        } else if (c != '\0') {
            close_bracket(out, open, c, i);
        }
    }
    out.lone_brackets += static_cast<uint32_t>(open.size());
}

} // namespace ungil::scan
