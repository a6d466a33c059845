#pragma once

#include "scan/token.hpp"

namespace ungil::scan {

// `#name body`: where it stands in the token stream, and its own tokens, which are kept apart from the stream.
struct Directive {
    uint32_t offset;   // of the '#'
    uint32_t position; // index of the first stream token that follows it
    Range body;        // into Tokens::directive_tokens, the name first
};

struct Comment {
    uint32_t offset;
    uint32_t length;
};

struct Tokens {
    std::vector<Token> stream;
    std::vector<Token> directive_tokens;
    std::vector<Directive> directives;
    std::vector<Comment> comments;
    uint32_t unterminated = 0; // literals and comments that the file ends, or a line ends, too early
};

// Splits C or C++ into tokens in one pass. Every input yields tokens: what cannot be a token is passed over.
Tokens tokenize(const Text& text);

} // namespace ungil::scan
