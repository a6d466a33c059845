#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ungil::scan {

enum class TokenKind : uint8_t { Identifier, Number, String, Character, Punctuator };

// A token is a place in the text, not a copy of it.
struct Token {
    uint32_t offset;
    uint32_t length;
    TokenKind kind;
};

// Half-open: tokens [first, last) of one file.
struct Range {
    uint32_t first = 0;
    uint32_t last = 0;

    bool empty() const { return first >= last; }
    uint32_t size() const { return empty() ? 0 : last - first; }
    bool contains(uint32_t index) const { return first <= index && index < last; }
};

// Lines and columns count from 1, as editors and SARIF do; a column is a byte of the line.
struct Position {
    uint32_t line;
    uint32_t column;
};

// The bytes of one file, and the way from an offset to a line.
class Text {
  public:
    explicit Text(std::string bytes);

    std::string_view all() const { return bytes_; }
    std::string_view at(Token token) const { return all().substr(token.offset, token.length); }
    Position position(uint32_t offset) const;
    uint32_t lines() const { return static_cast<uint32_t>(starts_.size()); }

  private:
    std::string bytes_;
    std::vector<uint32_t> starts_;
};

} // namespace ungil::scan
