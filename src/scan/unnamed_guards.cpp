#include "scan/unnamed_guards.hpp"

#include <unordered_set>

namespace ungil::scan {
namespace {

constexpr uint32_t kLongestName = 8; // tokens, `a::b::c::`

// Classes that do their work in the constructor and undo it in the destructor.
bool is_guard_class(std::string_view name) {
    static const std::unordered_set<std::string_view> known{
        "lock_guard",         "unique_lock",       "scoped_lock",      "shared_lock",
        "ft_lock_guard",      "ft_object_guard",   "ft_object2_guard", "scoped_critical_section",
        "gil_scoped_acquire", "gil_scoped_release"};
    return known.count(name) != 0;
}

bool is_lock(std::string_view name) {
    return name.substr(0, 3) != "gil";
}

// One past the `>` that closes the `<` at `open`, or `open` if the statement ends first.
uint32_t after_template(const Tree& tree, uint32_t open, uint32_t last) {
    int depth = 0;
    for (uint32_t i = open; i < last; ++i) {
        std::string_view word = tree.word(i);
        depth += word == "<" ? 1 : word == ">" ? -1 : word == ">>" ? -2 : 0;
        if (depth <= 0) {
            return i + 1;
        }
    }
    return open;
}

// The token of the type in `std::lock_guard<std::mutex>(mutex)`, or 0.
uint32_t unnamed_guard(const Tree& tree, Range statement) {
    uint32_t at = statement.first;
    while (at + 2 < statement.last && at - statement.first < kLongestName && tree.word(at + 1) == "::") {
        at += 2;
    }
    if (at + 2 >= statement.last || !tree.is_name(at) || !is_guard_class(tree.word(at))) {
        return 0;
    }
    uint32_t open = tree.word(at + 1) == "<" ? after_template(tree, at + 1, statement.last) : at + 1;
    bool called = tree.word(open) == "(" || tree.word(open) == "{";
    bool given = tree.after(open) > open + 2 || !is_lock(tree.word(at));
    return called && given && tree.after(open) == statement.last ? at : 0;
}

} // namespace

std::vector<UnnamedGuard> find_unnamed_guards(const Tree& tree) {
    std::vector<UnnamedGuard> found;
    for (uint32_t f = 0; tree.language == Language::Cxx && f < tree.functions.size(); ++f) {
        for (const Node& node : tree.functions[f].nodes) {
            bool plain = node.kind == NodeKind::Expression || node.kind == NodeKind::Declaration;
            uint32_t token = plain && !node.tokens.empty() ? unnamed_guard(tree, node.tokens) : 0;
            if (token != 0) {
                found.push_back({f, token});
            }
        }
    }
    return found;
}

} // namespace ungil::scan
