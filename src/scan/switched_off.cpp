#include "scan/switched_off.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace ungil::scan {
namespace {

using Names = std::unordered_set<std::string_view>;

Names zero_macros(const Text& text, const Preprocessed& code) {
    Names names;
    for (const auto& [name, macro] : code.macros) {
        if (!macro.function_like && macro.body.size() == 1 && text.at(macro.body[0]) == "0") {
            names.insert(name);
        }
    }
    if (!names.empty()) {
        for (const auto& [name, macro] : code.earlier_macros) {
            names.erase(name); // another branch may switch it on
        }
    }
    return names;
}

// Moves forward only, and past the block that it empties: linear in the tokens, whatever their nesting.
class Switches {
  public:
    Switches(const Text& text, Preprocessed& code, Names off) : text_(text), code_(code), off_(std::move(off)) {}

    void empty_all() {
        for (uint32_t i = 0; i + 3 < code_.tokens.size(); ++i) {
            if (code_.tokens[i].kind == TokenKind::Identifier && word(i) == "if" && word(i + 1) == "(" &&
                off_.count(word(i + 2)) != 0) {
                i = empty_block(i + 1);
            }
        }
    }

  private:
    std::string_view word(uint32_t i) const {
        return i < code_.tokens.size() ? text_.at(code_.tokens[i]) : std::string_view();
    }

    // Returns the last token that needs no other look.
    uint32_t empty_block(uint32_t condition) {
        uint32_t end = code_.partner[condition];
        if (end <= condition || word(end + 1) != "{" || !decides(condition + 1, end)) {
            return condition;
        }
        uint32_t last = code_.partner[end + 1];
        for (uint32_t i = end + 2; i < last; ++i) {
            code_.tokens[i].length = 0;
            code_.tokens[i].kind = TokenKind::Punctuator;
            code_.partner[i] = i;
        }
        return std::max(end + 1, last);
    }

    // Is the macro at `name` the whole condition, or one that all the others cannot make up for?
    bool decides(uint32_t name, uint32_t end) const {
        if (name + 1 != end && word(name + 1) != "&&") {
            return false;
        }
        for (uint32_t i = name + 1; i < end; ++i) {
            if (word(i) == "||" || word(i) == "?") {
                return false;
            }
        }
        return true;
    }

    const Text& text_;
    Preprocessed& code_;
    Names off_;
};

} // namespace

void empty_switched_off(const Text& text, Preprocessed& code) {
    if (Names off = zero_macros(text, code); !off.empty()) {
        Switches(text, code, std::move(off)).empty_all();
    }
}

} // namespace ungil::scan
