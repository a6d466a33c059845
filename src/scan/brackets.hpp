#pragma once

#include "scan/preprocessor.hpp"

namespace ungil::scan {

// The bracket that a token is, or '\0'.
inline char bracket(const Text& text, Token token) {
    if (token.kind != TokenKind::Punctuator || token.length != 1) {
        return '\0';
    }
    char c = text.all()[token.offset];
    return c == '(' || c == ')' || c == '{' || c == '}' || c == '[' || c == ']' ? c : '\0';
}

// Fills out.partner, and counts the brackets without one.
void match_brackets(const Text& text, Preprocessed& out);

} // namespace ungil::scan
