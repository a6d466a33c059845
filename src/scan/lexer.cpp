#include "scan/lexer.hpp"

#include <array>
#include <cstddef>

namespace ungil::scan {
namespace {

enum CharacterClass : uint8_t { Other, Space, Newline, Letter, Digit };

constexpr std::array<uint8_t, 256> classify() {
    std::array<uint8_t, 256> table{};
    for (int c = 0; c < 256; ++c) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c >= 0x80) {
            table[static_cast<size_t>(c)] = Letter; // bytes of UTF-8 names count as letters
        } else if (c >= '0' && c <= '9') {
            table[static_cast<size_t>(c)] = Digit;
        } else if (c == '\n') {
            table[static_cast<size_t>(c)] = Newline;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
            table[static_cast<size_t>(c)] = Space;
        }
    }
    return table;
}

constexpr auto classes = classify();

class Lexer {
  public:
    explicit Lexer(const Text& text) : begin_(text.all().data()), at_(begin_), end_(begin_ + text.all().size()) {
        out_.stream.reserve(text.all().size() / 5);
    }

    Tokens run() {
        while (at_ < end_) {
            step();
        }
        if (in_directive_) {
            finish_directive();
        }
        return std::move(out_);
    }

  private:
    uint32_t offset(const char* p) const { return static_cast<uint32_t>(p - begin_); }
    char peek(std::ptrdiff_t n = 1) const { return end_ - at_ > n ? at_[n] : '\0'; }
    static uint8_t kind(char c) { return classes[static_cast<unsigned char>(c)]; }
    bool word(const char* p) const { return p < end_ && (kind(*p) == Letter || kind(*p) == Digit); }

    void step() {
        switch (kind(*at_)) {
        case Space:
            ++at_;
            return;
        case Newline:
            if (in_directive_) {
                finish_directive();
            }
            line_start_ = true;
            ++at_;
            return;
        case Letter:
            return identifier();
        case Digit:
            return number();
        default:
            return symbol();
        }
    }

    void emit(const char* start, TokenKind token_kind) {
        auto& into = in_directive_ ? out_.directive_tokens : out_.stream;
        into.push_back({offset(start), static_cast<uint32_t>(at_ - start), token_kind});
        line_start_ = false;
    }

    void identifier() {
        const char* start = at_;
        while (word(at_)) {
            ++at_;
        }
        std::string_view name(start, static_cast<size_t>(at_ - start));
        if (at_ < end_ && (*at_ == '"' || *at_ == '\'') && is_literal_prefix(name)) {
            return *at_ == '"' && name.back() == 'R' ? raw_string(start) : quoted(start, *at_);
        }
        emit(start, TokenKind::Identifier);
        if (in_directive_ && (name == "error" || name == "warning" || name == "pragma") && first_of_directive()) {
            skip_prose();
        }
    }

    static bool is_literal_prefix(std::string_view name) {
        if (name == "R" || name == "L" || name == "u" || name == "U" || name == "u8") {
            return true;
        }
        return name == "LR" || name == "uR" || name == "UR" || name == "u8R";
    }

    bool first_of_directive() const { return out_.directive_tokens.size() == directive_first_ + 1; }

    // The text of #error and #pragma is prose: an apostrophe in it opens no literal.
    void skip_prose() {
        while (at_ < end_ && *at_ != '\n') {
            if (*at_ == '\\') {
                at_ += peek() == '\r' ? 2 : peek() == '\n' ? 1 : 0;
            }
            ++at_;
        }
        at_ = at_ < end_ ? at_ : end_;
    }

    void number() {
        const char* start = at_;
        while (at_ < end_) {
            bool exponent_sign = (*at_ == '+' || *at_ == '-') && at_ > start && is_exponent(at_[-1]) &&
                                 !(at_[-1] != 'p' && at_[-1] != 'P' && start[0] == '0' && (start[1] | 32) == 'x');
            bool separator = *at_ == '\'' && word(at_ + 1);
            if (!word(at_) && *at_ != '.' && !exponent_sign && !separator) {
                break;
            }
            ++at_;
        }
        emit(start, TokenKind::Number);
    }

    static bool is_exponent(char c) { return c == 'e' || c == 'E' || c == 'p' || c == 'P'; }

    void symbol() {
        switch (*at_) {
        case '"':
        case '\'':
            return quoted(at_, *at_);
        case '\\':
            return backslash();
        case '#':
            if (line_start_ && !in_directive_) {
                return open_directive();
            }
            break;
        case '/':
            if (peek() == '/') {
                return line_comment();
            }
            if (peek() == '*') {
                return block_comment();
            }
            break;
        case '.':
            if (kind(peek()) == Digit) {
                return number();
            }
            break;
        default:
            break;
        }
        const char* start = at_;
        at_ += punctuator_length();
        emit(start, TokenKind::Punctuator);
    }

    // Only what a reader of declarations and expressions must tell apart; `>>` stays two tokens, for templates.
    std::ptrdiff_t punctuator_length() const {
        char a = *at_, b = peek();
        if (a == '.' && b == '.' && peek(2) == '.') {
            return 3;
        }
        if (a == '<' && b == '<') {
            return peek(2) == '=' ? 3 : 2;
        }
        if (b != '=' && b != '>' && a != b) {
            return 1;
        }
        bool doubled = a == b && (a == '&' || a == '|' || a == '+' || a == '-' || a == ':' || a == '=' || a == '#');
        bool assigned = b == '=' && std::string_view("=!<>+-*/%&|^").find(a) != std::string_view::npos;
        return doubled || assigned || (a == '-' && b == '>') ? 2 : 1;
    }

    // A line continuation is white space here; one inside a name splits the name (nobody writes that).
    void backslash() {
        const char* next = at_ + 1;
        while (next < end_ && kind(*next) == Space) {
            ++next;
        }
        at_ = next < end_ && *next == '\n' ? next + 1 : at_ + 1;
    }

    void quoted(const char* start, char quote) {
        ++at_;
        while (at_ < end_ && *at_ != quote && *at_ != '\n') {
            if (*at_ == '\\' && at_ + 1 < end_) {
                ++at_;
                if (*at_ == '\r' && peek() == '\n') {
                    ++at_;
                }
            }
            ++at_;
        }
        if (at_ < end_ && *at_ == quote) {
            ++at_;
        } else {
            ++out_.unterminated;
        }
        emit(start, quote == '"' ? TokenKind::String : TokenKind::Character);
    }

    void raw_string(const char* start) {
        std::string_view rest(at_ + 1, static_cast<size_t>(end_ - at_ - 1));
        size_t open = rest.substr(0, 17).find('('); // a delimiter has at most 16 characters
        if (open == std::string_view::npos) {
            return quoted(start, '"');
        }
        std::string close = ")" + std::string(rest.substr(0, open)) + "\"";
        size_t found = rest.find(close, open + 1);
        out_.unterminated += found == std::string_view::npos;
        at_ = found == std::string_view::npos ? end_ : at_ + 1 + found + close.size();
        emit(start, TokenKind::String);
    }

    void open_directive() {
        in_directive_ = true;
        directive_first_ = static_cast<uint32_t>(out_.directive_tokens.size());
        directive_offset_ = offset(at_);
        line_start_ = false;
        ++at_;
    }

    void finish_directive() {
        in_directive_ = false;
        auto last = static_cast<uint32_t>(out_.directive_tokens.size());
        if (last > directive_first_) {
            out_.directives.push_back(
                {directive_offset_, static_cast<uint32_t>(out_.stream.size()), {directive_first_, last}});
        }
    }

    void line_comment() {
        const char* start = at_;
        skip_prose();
        out_.comments.push_back({offset(start), static_cast<uint32_t>(at_ - start)});
    }

    void block_comment() {
        const char* start = at_;
        std::string_view rest(at_ + 2, static_cast<size_t>(end_ - at_ - 2));
        size_t close = rest.find("*/");
        out_.unterminated += close == std::string_view::npos;
        at_ = close == std::string_view::npos ? end_ : at_ + 2 + close + 2;
        out_.comments.push_back({offset(start), static_cast<uint32_t>(at_ - start)});
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    Tokens out_;
    uint32_t directive_first_ = 0;
    uint32_t directive_offset_ = 0;
    bool in_directive_ = false;
    bool line_start_ = true;
};

} // namespace

Tokens tokenize(const Text& text) {
    return Lexer(text).run();
}

} // namespace ungil::scan
