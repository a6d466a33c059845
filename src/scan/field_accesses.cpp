#include "scan/field_accesses.hpp"

#include "scan/words.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

constexpr uint32_t kLongestChain = 64; // tokens; a longer one is cut

bool is_member_operator(std::string_view word) {
    return word == "->" || word == ".";
}

bool is_compound_assignment(std::string_view word) {
    return is_one_of(word, {"+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>="});
}

bool is_atomic_operation(std::string_view name) {
    return starts_with(name, "atomic_") || starts_with(name, "__atomic_") || starts_with(name, "_Py_atomic") ||
           starts_with(name, "__sync_") || starts_with(name, "Interlocked") || starts_with(name, "_Interlocked");
}

// What a function does to the field that is its first argument.
FieldAction as_first_argument(std::string_view callee) {
    if (is_one_of(callee, {"Py_CLEAR", "Py_SETREF", "Py_XSETREF", "Py_DECREF", "Py_XDECREF", "free", "PyMem_Free",
                           "PyMem_Del", "PyObject_Free", "PyMem_RawFree", "PyMem_FREE", "PyObject_FREE"})) {
        return FieldAction::Release;
    }
    if (is_one_of(callee, {"memset", "memcpy", "memmove", "strcpy", "strncpy", "sprintf", "snprintf"})) {
        return FieldAction::Deep;
    }
    return is_atomic_operation(callee) ? FieldAction::Atomic : FieldAction::Read;
}

// Does a C++ method of this name change the object that it is called on?
bool changes(std::string_view method) {
    return is_one_of(method, {"push_back", "emplace_back", "pop_back", "push_front",       "pop_front",   "push",
                              "pop",       "insert",       "emplace",  "insert_or_assign", "try_emplace", "erase",
                              "clear",     "resize",       "reserve",  "assign",           "append",      "reset",
                              "swap",      "merge",        "extract",  "shrink_to_fit"});
}

bool is_atomic_method(std::string_view method) {
    return is_one_of(method, {"load", "store", "exchange", "fetch_add", "fetch_sub", "fetch_or", "fetch_and",
                              "compare_exchange_strong", "compare_exchange_weak", "test_and_set"});
}

class AccessFinder {
  public:
    AccessFinder(const Tree& tree, const Function& function) : tree_(tree), nodes_(function.nodes) {}

    std::vector<FieldAccess> run() {
        for (uint32_t n = 0; n < nodes_.size(); ++n) {
            node_ = n;
            range_ = nodes_[n].tokens;
            for (uint32_t i = range_.first; i < range_.last; ++i) {
                std::string_view w = tree_.word(i);
                if (is_member_operator(w) && i >= free_) {
                    chain(i);
                } else if (w == "=" && i > range_.first + 3 && tree_.word(i - 1) == "]" && i >= free_) {
                    accessor_element(i);
                }
            }
        }
        return std::move(found_);
    }

  private:
    std::string_view word(uint32_t i) const { return range_.contains(i) ? tree_.word(i) : std::string_view(); }

    // `self->items[i].x`: from the operator at `at`, back to the variable and forward to the end.
    void chain(uint32_t at) {
        FieldAccess access{};
        access.node = node_;
        if (at == range_.first || !tree_.is_name(at + 1) || !base(at, access)) {
            free_ = at + 1;
            return;
        }
        access.field = at + 1;
        uint32_t end = at + 2, method = 0;
        while (end < range_.last && end - at < kLongestChain) {
            if (word(end) == "[") {
                end = tree_.after(end);
            } else if (is_member_operator(word(end)) && tree_.is_name(end + 1)) {
                method = end + 1;
                end += 2;
            } else {
                break;
            }
        }
        access.last = std::min(end, range_.last);
        access.deeper = method != 0;
        access.kind = kind(access, method);
        if (access.kind == FieldAction::Read && is_only_tested(access)) {
            access.kind = FieldAction::Tested;
        }
        free_ = access.last;
        found_.push_back(access);
    }

    bool base(uint32_t at, FieldAccess& access) {
        uint32_t before = at - 1;
        access.first = before; // an element of an array, `items[i]->`, is not followed
        if (tree_.is_name(before)) {
            access.variable = word(before);
            return true;
        }
        if (word(before) != ")") {
            return false;
        }
        uint32_t open = tree_.code.partner[before];
        if (open >= before || open < range_.first) {
            return false;
        }
        bool called = open > range_.first && tree_.is_name(open - 1) && !tree_.is_keyword(word(open - 1));
        access.first = called ? open - 1 : open;
        inside({open + 1, before}, access, called);
        return true;
    }

    // What stands in `((Shelf *)op)->` or `Shelf_CAST(op)->`.
    void inside(Range range, FieldAccess& access, bool called) {
        while (word(range.first) == "(" && tree_.after(range.first) == range.last) {
            range = {range.first + 1, range.last - 1};
        }
        if (word(range.first) == "(") {
            for (uint32_t i = range.first + 1; i < tree_.after(range.first) && i < range.last; ++i) {
                access.cast = tree_.is_name(i) && !is_one_of(word(i), {"const", "struct"}) ? word(i) : access.cast;
            }
            range.first = tree_.after(range.first);
        }
        while (range.size() > 2 && word(range.first) == "(" && tree_.after(range.first) == range.last) {
            range = {range.first + 1, range.last - 1};
        }
        if (range.size() == 1 && tree_.is_name(range.first)) {
            access.variable = word(range.first);
            if (called) {
                access.cast = cast_of_macro(word(access.first));
            }
        }
    }

    // The type that a macro such as `#define Shelf_CAST(op) ((Shelf *)(op))` casts to: the first name in it that is a record.
    std::string_view cast_of_macro(std::string_view name) const {
        auto macro = tree_.code.macros.find(name);
        return macro == tree_.code.macros.end() || macro->second.words.empty() ? std::string_view()
                                                                               : macro->second.words.front();
    }

    FieldAction kind(const FieldAccess& access, uint32_t method) const {
        std::string_view next = word(access.last), before = access.first > range_.first ? word(access.first - 1) : "";
        bool element = word(access.last - 1) == "]";
        if (next == "=") {
            return element || before == "*" ? FieldAction::Deep : FieldAction::Write;
        }
        if (is_compound_assignment(next) || next == "++" || next == "--" || before == "++" || before == "--") {
            return element ? FieldAction::Deep : FieldAction::Update;
        }
        if (next == "(" && method != 0) {
            std::string_view name = word(method);
            return is_atomic_method(name) ? FieldAction::Atomic : changes(name) ? FieldAction::Deep : FieldAction::Read;
        }
        if (before == "&" && access.first > range_.first + 1) {
            return address(access);
        }
        if (before == "(" && access.first > range_.first + 1) {
            FieldAction kind = as_first_argument(word(access.first - 2));
            return kind == FieldAction::Release && element ? FieldAction::Deep : kind;
        }
        return FieldAction::Read;
    }

    // `if (!self->items)`, `self->items == NULL`, `assert(...)`: the pointer is not followed.
    bool is_only_tested(const FieldAccess& access) const {
        std::string_view before = access.first > 0 ? tree_.word(access.first - 1) : "", after = tree_.word(access.last);
        bool alone = is_one_of(before, {"(", "&&", "||"}) && is_one_of(after, {")", "&&", "||"}) &&
                     (nodes_[node_].kind == NodeKind::If || nodes_[node_].kind == NodeKind::Loop);
        bool first = access.first == range_.first && is_one_of(after, {"&&", "||", ""});
        bool ends = access.last == range_.last && is_one_of(before, {"&&", "||"});
        bool condition =
            nodes_[node_].kind == NodeKind::If && (first || ends || range_.size() == access.last - access.first);
        return (!access.deeper && (before == "!" || is_one_of(after, {"==", "!=", "?"}) || alone || condition)) ||
               word(range_.first) == "assert";
    }

    FieldAction address(const FieldAccess& access) const {
        std::string_view outer = word(access.first - 2);
        if (!is_one_of(outer, {"(", ",", "=", "return", ")"})) {
            return FieldAction::Read; // `a & self->b`
        }
        bool atomic = outer == "(" && access.first > range_.first + 2 && is_atomic_operation(word(access.first - 3));
        return atomic ? FieldAction::Atomic : FieldAction::Address;
    }

    // `DIMS(array)[axis] = n` writes what an accessor of the object returns.
    void accessor_element(uint32_t equals) {
        uint32_t open = tree_.code.partner[equals - 1];
        if (open <= range_.first + 2 || open >= equals || word(open - 1) != ")") {
            return;
        }
        uint32_t parenthesis = tree_.code.partner[open - 1];
        bool called = parenthesis > range_.first && parenthesis < open && tree_.is_name(parenthesis - 1) &&
                      !tree_.is_keyword(word(parenthesis - 1));
        if (!called || parenthesis + 3 != open || !tree_.is_name(parenthesis + 1)) {
            return;
        }
        found_.push_back(
            {word(parenthesis + 1), {}, parenthesis - 1, parenthesis - 1, equals, node_, FieldAction::Deep, false});
    }

    const Tree& tree_;
    const std::vector<Node>& nodes_;
    Range range_;
    uint32_t node_ = 0;
    uint32_t free_ = 0; // tokens before it belong to chains that were found
    std::vector<FieldAccess> found_;
};

} // namespace

std::vector<FieldAccess> find_accesses(const Tree& tree, const Function& function) {
    return AccessFinder(tree, function).run();
}

} // namespace ungil::scan
