#include "scan/condition.hpp"

#include <cstdlib>
#include <optional>

namespace ungil::scan {
namespace {

using Value = std::optional<long long>; // nothing: only the build knows

struct Target {
    long long minor;
    Language language;
};

// What `name` expands to on a free-threaded CPython, or nothing if the build decides. Undefined names give 0, as in
// #if.
Value macro_value(std::string_view name, Target target) {
    if (name == "Py_GIL_DISABLED" || name == "true") {
        return 1;
    }
    if (name == "NDEBUG") { // what is released is built with it: distutils, setuptools and CMake's Release say so
        return 1;
    }
    if (name == "PY_MAJOR_VERSION") {
        return 3;
    }
    if (name == "PY_MINOR_VERSION") {
        return target.minor;
    }
    if (name == "PY_VERSION_HEX") {
        return 0x030000f0 + (target.minor << 16);
    }
    if (name == "__cplusplus") {
        return target.language == Language::Cxx ? 201703 : 0;
    }
    // The target is a build for one version, not abi3t; PyPy and GraalPy have no free-threaded build.
    if (name == "Py_LIMITED_API" || name == "PYPY_VERSION" || name == "GRAALVM_PYTHON" || name == "false") {
        return 0;
    }
    return std::nullopt;
}

// A recursive-descent evaluator of preprocessor expressions over three-valued logic.
class Expression {
  public:
    Expression(const Text& text, const std::vector<Token>& tokens, Range range, Target target)
        : text_(text), tokens_(tokens), at_(range.first), last_(range.last), target_(target) {}

    Value run() {
        Value value = binary(0);
        return at_ == last_ ? value : std::nullopt; // leftovers: `?:` or something nobody expected
    }

  private:
    static constexpr int kDepth = 200;

    std::string_view peek() const { return at_ < last_ ? text_.at(tokens_[at_]) : std::string_view(); }

    bool accept(std::string_view token) {
        bool found = peek() == token;
        at_ += found;
        return found;
    }

    static int precedence(std::string_view op) {
        if (op == "||") {
            return 1;
        }
        if (op == "&&") {
            return 2;
        }
        if (op == "==" || op == "!=") {
            return 3;
        }
        if (op == "<" || op == ">" || op == "<=" || op == ">=") {
            return 4;
        }
        if (op == "+" || op == "-") {
            return 5;
        }
        return 0;
    }

    Value binary(int above) {
        Value left = unary();
        for (int level; (level = precedence(peek())) > above;) {
            std::string_view op = text_.at(tokens_[at_++]);
            left = apply(op, left, binary(level));
        }
        return left;
    }

    static Value apply(std::string_view op, Value a, Value b) {
        if (op == "||") { // known as soon as either side is
            return (a && *a) || (b && *b) ? Value(1) : a && b ? Value(0) : std::nullopt;
        }
        if (op == "&&") {
            return (a && !*a) || (b && !*b) ? Value(0) : a && b ? Value(1) : std::nullopt;
        }
        if (!a || !b) {
            return std::nullopt;
        }
        if (op == "+" || op == "-") { // unsigned, since signed overflow is undefined
            return static_cast<long long>(op == "+" ? 0ULL + *a + *b : 0ULL + *a - *b);
        }
        if (op == "==") {
            return *a == *b;
        }
        if (op == "!=") {
            return *a != *b;
        }
        if (op == "<" || op == "<=") {
            return op == "<" ? *a < *b : *a <= *b;
        }
        return op == ">" ? *a > *b : *a >= *b;
    }

    Value unary() {
        if (++depth_ > kDepth) {
            return at_ = last_, std::nullopt;
        }
        Value value = operand();
        --depth_;
        return value;
    }

    Value operand() {
        if (accept("!")) {
            Value value = unary();
            return value ? Value(!*value) : value;
        }
        if (accept("(")) {
            Value value = binary(0);
            return accept(")") ? value : std::nullopt;
        }
        if (at_ >= last_) {
            return std::nullopt;
        }
        Token token = tokens_[at_++];
        if (token.kind == TokenKind::Number) {
            return std::strtoll(std::string(text_.at(token)).c_str(), nullptr, 0);
        }
        if (text_.at(token) == "defined") {
            return is_defined();
        }
        if (token.kind == TokenKind::Identifier && peek() == "(") {
            return is_pack_version(text_.at(token)) ? pack_version() : function_like();
        }
        return macro_value(text_.at(token), target_);
    }

    Value is_defined() {
        bool parenthesised = accept("(");
        std::string_view name = peek();
        at_ += at_ < last_;
        if (parenthesised) {
            accept(")");
        }
        Value value = macro_value(name, target_);
        return value ? Value(*value != 0) : value;
    }

    static bool is_pack_version(std::string_view name) {
        return name == "Py_PACK_VERSION" || name == "_Py_PACK_VERSION";
    }

    // `Py_PACK_VERSION(3, 13)` is 0x030d0000.
    Value pack_version() {
        accept("(");
        Value major = binary(0);
        bool two = accept(",");
        Value minor = two ? binary(0) : std::nullopt;
        if (!accept(")") || !major || !minor) {
            return std::nullopt;
        }
        return ((*major & 0xff) << 24) | ((*minor & 0xff) << 16);
    }

    // `__has_include(<x.h>)`, `GCC_VERSION(4, 2)`: the build decides; step over the argument.
    Value function_like() {
        int depth = 0;
        do {
            depth += (peek() == "(") - (peek() == ")");
            ++at_;
        } while (depth > 0 && at_ < last_);
        return std::nullopt;
    }

    const Text& text_;
    const std::vector<Token>& tokens_;
    uint32_t at_;
    uint32_t last_;
    Target target_;
    int depth_ = 0;
};

Value condition_value(const Text& text, const std::vector<Token>& tokens, Range directive, Target target) {
    std::string_view name = text.at(tokens[directive.first]);
    Range rest{directive.first + 1, directive.last};
    if (rest.empty()) {
        return std::nullopt;
    }
    if (name == "if" || name == "elif") {
        return Expression(text, tokens, rest, target).run();
    }
    Value value = macro_value(text.at(tokens[rest.first]), target); // #ifdef and its kin name one macro
    bool wants_undefined = name == "ifndef" || name == "elifndef";
    return value ? Value((*value != 0) != wants_undefined) : value;
}

} // namespace

Truth evaluate(const Text& text, const std::vector<Token>& tokens, Range directive, Language language) {
    Value on_314 = condition_value(text, tokens, directive, {14, language});
    Value on_315 = condition_value(text, tokens, directive, {15, language});
    if (!on_314 || !on_315 || !*on_314 != !*on_315) {
        return Truth::Unknown;
    }
    return *on_314 ? Truth::True : Truth::False;
}

} // namespace ungil::scan
