#include "scan/occurrence.hpp"

#include "scan/words.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

// How far the call around an argument is looked for. Past it the argument counts as not handed to any call.
constexpr uint32_t kFarthestCall = 256;

// Functions of the C library and the C API that write through a pointer, and which argument it is.
struct Writer {
    std::string_view name;
    uint32_t argument;
};

constexpr std::array<Writer, 34> kWriters{{
    {"memcpy", 0},    {"memmove", 0},       {"memset", 0},         {"strcpy", 0},   {"strncpy", 0},  {"strcat", 0},
    {"strncat", 0},   {"strlcpy", 0},       {"strlcat", 0},        {"sprintf", 0},  {"snprintf", 0}, {"vsprintf", 0},
    {"vsnprintf", 0}, {"PyOS_snprintf", 0}, {"PyOS_vsnprintf", 0}, {"fgets", 0},    {"fread", 0},    {"read", 1},
    {"recv", 1},      {"gethostname", 0},   {"getcwd", 0},         {"strftime", 0}, {"gmtime_r", 1}, {"localtime_r", 1},
    {"inet_ntop", 2}, {"strerror_r", 1},    {"qsort", 0},          {"wcscpy", 0},   {"wcsncpy", 0},  {"setjmp", 0},
    {"_setjmp", 0},   {"sigsetjmp", 0},     {"swap", 0},           {"swap", 1},
}};

bool writes_argument(std::string_view callee, uint32_t argument) {
    return std::any_of(kWriters.begin(), kWriters.end(),
                       [&](const Writer& w) { return w.name == callee && w.argument == argument; });
}

bool is_atomic_operation(std::string_view name) {
    return contains(name, "atomic") || contains(name, "ATOMIC") || contains(name, "Atomic") ||
           contains(name, "Interlocked") || name.substr(0, 7) == "__sync_";
}

bool is_atomic_method(std::string_view name) {
    return is_one_of(name, {"load", "store", "exchange", "compare_exchange_strong", "compare_exchange_weak",
                            "fetch_add", "fetch_sub", "fetch_or", "fetch_and", "test_and_set"});
}

bool is_mutator(std::string_view name) {
    return is_one_of(name, {"push_back",    "push_front", "emplace", "emplace_back",     "emplace_front", "try_emplace",
                            "emplace_hint", "insert",     "erase",   "insert_or_assign", "clear",         "pop_back",
                            "pop_front",    "pop",        "push",    "resize",           "reserve",       "assign",
                            "swap",         "reset",      "merge",   "extract",          "rehash",        "append"});
}

bool is_compound_assignment(std::string_view word) {
    return is_one_of(word, {"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<="});
}

class OccurrenceReader {
  public:
    OccurrenceReader(const Tree& tree, uint32_t token, bool is_array)
        : tree_(tree), is_array_(is_array), first_(token), after_(token + 1) {}

    Occurrence run() {
        follow_chain();
        while (word(first_ - 1) == "(" && word(after_) == ")" && !is_called(first_ - 1)) {
            --first_; // `(v).x`, `--(v)`
            ++after_;
            follow_chain();
        }
        found_.chain = {first_, after_};
        by_operator();
        if (found_.kind == AccessKind::Read) {
            found_.says = comparison();
        }
        if (found_.kind == AccessKind::Read || found_.kind == AccessKind::Address) {
            as_argument();
        }
        return found_;
    }

  private:
    std::string_view word(uint32_t index) const { return tree_.word(index); }
    bool is_called(uint32_t open) const { return open > 0 && tree_.is_name(open - 1); }

    void follow_chain() {
        for (bool first = true;; first = false) {
            std::string_view w = word(after_);
            if (w == "[") {
                element();
            } else if ((w == "." || w == "->") && tree_.is_name(after_ + 1)) {
                found_.deep |= w == "->" && !(first && is_array_);
                if (word(after_ + 2) == "(") {
                    found_.method = word(after_ + 1);
                    return;
                }
                found_.part = true;
                found_.field = word(after_ + 1);
                after_ += 2;
            } else {
                return;
            }
        }
    }

    void element() {
        if (found_.index.empty()) {
            found_.index = {after_ + 1, tree_.after(after_) - 1};
        }
        found_.part = true;
        after_ = tree_.after(after_);
    }

    void by_operator() {
        std::string_view next = word(after_);
        std::string_view before = first_ > 0 ? word(first_ - 1) : std::string_view();
        if (!found_.method.empty()) {
            found_.kind = is_atomic_method(found_.method) ? AccessKind::Atomic
                          : is_mutator(found_.method)     ? AccessKind::Update
                                                          : AccessKind::Read;
            return;
        }
        if (next == "=") {
            found_.kind = AccessKind::Write;
            found_.value = after_ + 1;
        } else if (is_compound_assignment(next) || next == "++" || next == "--" || before == "++" || before == "--" ||
                   (next == ">" && word(after_ + 1) == ">=")) {
            found_.kind = AccessKind::Update;
        } else if (before == "&" && is_unary(first_ - 1)) {
            found_.kind = AccessKind::Address;
        }
        found_.deep |= before == "*" && is_unary(first_ - 1);
    }

    Says comparison() const {
        uint32_t first = first_ - (found_.deep && word(first_ - 1) == "*" ? 1 : 0);
        std::string_view next = word(after_);
        std::string_view before = first > 0 ? word(first - 1) : std::string_view();
        if (next == "==" || next == "!=") {
            return is_nothing(after_ + 1) ? (next == "==" ? Says::IsEmpty : Says::IsSet) : Says::Nothing;
        }
        if ((before == "==" || before == "!=") && first > 1 && is_nothing(first - 2)) {
            return before == "==" ? Says::IsEmpty : Says::IsSet;
        }
        bool alone = next == ")" || next == "&&" || next == "||" || next == "?";
        if (before == "!" && alone) {
            return Says::IsEmpty;
        }
        bool condition = before == "&&" || before == "||" || (before == "(" && first > 1 && word(first - 2) == "if");
        return alone && condition ? Says::IsSet : Says::Nothing;
    }

    // NULL, false, or a number: what a variable holds before it has been set.
    bool is_nothing(uint32_t at) const {
        at += word(at) == "-" || word(at) == "(";
        bool named = is_one_of(word(at), {"NULL", "nullptr", "false", "FALSE"});
        return named || tree_.kind(at) == TokenKind::Number;
    }

    // `f(&v)`, `x = &v`, `(T *)&v`; not `a & v`.
    bool is_unary(uint32_t at) const {
        if (at == 0) {
            return true;
        }
        if (word(at - 1) == ")") {
            uint32_t open = tree_.code.partner[at - 1];
            return at >= 2 && word(at - 2) == "*" && open < at - 1;
        }
        bool operand = tree_.is_name(at - 1) || tree_.kind(at - 1) == TokenKind::Number || word(at - 1) == "]";
        return !operand || word(at - 1) == "return";
    }

    // Where the argument that begins at `at` stands, if it is one: walks back over its neighbours to the parenthesis.
    void as_argument() {
        std::string_view next = word(after_);
        if (next != "," && next != ")") {
            return;
        }
        uint32_t at = first_ - (found_.kind == AccessKind::Address ? 1 : 0);
        if (at > 0 && word(at - 1) == "*" && is_unary(at - 1)) {
            --at;
        }
        while (at > 0 && word(at - 1) == ")" && word(at - 2) == "*") {
            at = tree_.code.partner[at - 1]; // a cast
        }
        if (at == 0 || (word(at - 1) != "," && word(at - 1) != "(")) {
            return;
        }
        find_call(at);
    }

    void find_call(uint32_t at) {
        uint32_t commas = 0;
        for (uint32_t step = 0; at > 1 && step < kFarthestCall; ++step) {
            --at;
            std::string_view w = word(at);
            if (w == ")" || w == "]" || w == "}") {
                at = std::min(at, tree_.code.partner[at]);
            } else if (w == "(") {
                if (tree_.is_name(at - 1) && !tree_.is_keyword(word(at - 1))) {
                    handed_to(word(at - 1), commas);
                }
                return;
            } else if (w == "{" || w == ";") {
                return;
            }
            commas += w == ",";
        }
    }

    void handed_to(std::string_view callee, uint32_t argument) {
        found_.callee = callee;
        found_.argument = argument;
        bool array = is_array_ && !found_.part;
        if (argument == 0 && is_one_of(callee, {"Py_CLEAR", "Py_SETREF", "Py_XSETREF"})) {
            found_.kind = AccessKind::Swap;
        } else if (is_atomic_operation(callee)) {
            found_.kind = found_.kind == AccessKind::Address || found_.part ? AccessKind::Atomic : found_.kind;
        } else if (writes_argument(callee, argument)) {
            found_.deep |= found_.kind == AccessKind::Read && !array && callee != "swap";
            found_.part |= array;
            found_.kind = AccessKind::Write;
        } else if (array) {
            found_.kind = AccessKind::Address;
        }
    }

    const Tree& tree_;
    bool is_array_;
    uint32_t first_; // of the expression
    uint32_t after_; // one past it
    Occurrence found_;
};

} // namespace

Occurrence read_occurrence(const Tree& tree, uint32_t token, bool is_array) {
    return OccurrenceReader(tree, token, is_array).run();
}

Alias alias_made(const Tree& tree, const Occurrence& occurrence, bool is_array) {
    uint32_t at = occurrence.chain.first;
    bool address = occurrence.kind == AccessKind::Address && at > 0 && tree.word(at - 1) == "&";
    at -= address;
    while (at > 1 && tree.word(at - 1) == ")" && tree.word(at - 2) == "*") {
        at = tree.code.partner[at - 1]; // a cast
    }
    if (at < 3 || tree.word(at - 1) != "=" || !tree.is_name(at - 2)) {
        return {};
    }
    std::string_view before = tree.word(at - 3);
    bool reference = before == "&" && !address;
    bool declares = before != "*" || (at > 3 && (tree.is_name(at - 4) || tree.word(at - 4) == "*"));
    bool local = before != "." && before != "->" && declares;
    bool array = is_array && !occurrence.part && occurrence.kind == AccessKind::Read;
    return local && (address || reference || array) ? Alias{tree.word(at - 2), reference} : Alias{};
}

bool through_pointer(Occurrence& occurrence) {
    if (!occurrence.deep && (!occurrence.part || occurrence.index.empty())) {
        return false;
    }
    occurrence.part = !occurrence.field.empty() || !occurrence.index.empty();
    occurrence.deep = false;
    return true;
}

} // namespace ungil::scan
