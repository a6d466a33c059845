#include "scan/conditions.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// More statements before one in its block, blocks around it, and terms in one condition than matter: past them
// nothing is concluded, so that a hostile file costs no more than its size.
constexpr uint32_t kMaximumSiblings = 64;
constexpr uint32_t kMaximumDepth = 64;
constexpr size_t kMaximumTerms = 32;

class FactCollector {
  public:
    FactCollector(const Tree& tree, const Function& function) : tree_(tree), nodes_(function.nodes) {}

    std::vector<Fact> run(uint32_t node) {
        for (uint32_t depth = 0; node != 0 && node < nodes_.size() && depth < kMaximumDepth; ++depth) {
            uint32_t parent = nodes_[node].parent;
            if (nodes_[parent].kind == NodeKind::If && node != parent) {
                learn(nodes_[parent].tokens, nodes_[node].kind != NodeKind::Else);
            } else if (nodes_[parent].kind == NodeKind::Block) {
                before(parent, node);
            }
            node = parent;
        }
        return std::move(facts_);
    }

  private:
    // `if (!PyTuple_Check(x)) return NULL;` says something of all that follows.
    void before(uint32_t block, uint32_t node) {
        uint32_t seen = 0;
        for (uint32_t n = block + 1; n < node && ++seen < kMaximumSiblings; n = nodes_[n].end) {
            if (nodes_[n].kind == NodeKind::If && leaves(n)) {
                learn(nodes_[n].tokens, false);
            }
        }
    }

    // Does the branch of an `if` without `else` end by going elsewhere?
    bool leaves(uint32_t branch) const {
        bool jumps = false;
        uint32_t first = branch + 1;
        bool block = first < nodes_[branch].end && nodes_[first].kind == NodeKind::Block;
        for (uint32_t n = block ? first + 1 : first; n < nodes_[branch].end; n = nodes_[n].end) {
            if (nodes_[n].kind == NodeKind::Else) {
                return false;
            }
            jumps = is_jump(nodes_[n]);
        }
        return jumps;
    }

    bool is_jump(const Node& node) const {
        return node.kind == NodeKind::Return || node.kind == NodeKind::Goto || node.kind == NodeKind::Break ||
               node.kind == NodeKind::Continue || node.kind == NodeKind::Throw ||
               (node.kind == NodeKind::Expression && tree_.word(node.tokens.first).substr(0, 10) == "Py_RETURN_");
    }

    // `a && b` that is true makes both true, `a || b` that is false makes both false; nothing else is certain.
    void learn(Range condition, bool taken) {
        while (condition.size() > 2 && tree_.word(condition.first) == "(" &&
               tree_.after(condition.first) == condition.last) {
            condition = {condition.first + 1, condition.last - 1};
        }
        std::string_view joins = taken ? "&&" : "||", other = taken ? "||" : "&&";
        if (find_outside_brackets(tree_, condition, other) != condition.last) {
            return;
        }
        auto terms = split(tree_, condition, joins);
        for (size_t i = 0; i < std::min(terms.size(), kMaximumTerms); ++i) {
            term(terms[i], taken);
        }
    }

    void term(Range term, bool holds) {
        term = strip_casts(tree_, term);
        while (term.size() > 1 && tree_.word(term.first) == "!") {
            term = strip_casts(tree_, {term.first + 1, term.last});
            holds = !holds;
        }
        uint32_t compared =
            std::min(find_outside_brackets(tree_, term, "!="), find_outside_brackets(tree_, term, "=="));
        if (compared != term.last && is_null(tree_, {compared + 1, term.last})) {
            holds = tree_.word(compared) == "!=" ? holds : !holds;
            term.last = compared;
        } else if (compared != term.last) {
            return;
        }
        bool call = term.size() >= 4 && tree_.is_name(term.first) && tree_.word(term.first + 1) == "(" &&
                    tree_.after(term.first + 1) == term.last;
        if (!call) {
            facts_.push_back({{}, tree_.source(strip_casts(tree_, term)), holds});
            return;
        }
        Range arguments{term.first + 2, term.last - 1};
        Range first{arguments.first, find_outside_brackets(tree_, arguments, ",")};
        facts_.push_back({tree_.word(term.first), tree_.source(strip_casts(tree_, first)), holds});
    }

    const Tree& tree_;
    const std::vector<Node>& nodes_;
    std::vector<Fact> facts_;
};

} // namespace

std::string_view target_of(const Tree& tree, const Call& call) {
    uint32_t at = call.token;
    while (at > 1 && tree.word(at - 1) == ")" && tree.code.partner[at - 1] < at - 1) {
        at = tree.code.partner[at - 1]; // a cast
    }
    std::string_view before = at > 1 ? tree.word(at - 1) : std::string_view();
    if (before == "return") {
        return before;
    }
    if (before != "=") {
        return {};
    }
    uint32_t first = expression_start(tree, at - 1, 0);
    uint32_t stars = first;
    while (stars > 0 && tree.word(stars - 1) == "*") {
        --stars;
    }
    bool declared = stars > 0 && tree.is_name(stars - 1); // `PyObject **items = ...`
    return tree.source({declared ? first : stars, at - 1});
}

std::string_view comparison_of(const Tree& tree, const Call& call) {
    uint32_t after = call.arguments.last + 1;
    std::string_view op = tree.word(after);
    bool compares = op == "==" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=";
    return compares ? tree.source({after, after + 2}) : std::string_view();
}

std::vector<Fact> facts_at(const Tree& tree, const Function& function, uint32_t node) {
    return FactCollector(tree, function).run(node);
}

} // namespace ungil::scan
