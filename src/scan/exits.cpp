#include "scan/locks.hpp"

namespace ungil::scan {
namespace {

class ExitFinder {
  public:
    ExitFinder(const LockWords& words, uint32_t file, const Tree& tree, const Function& function, Body& body)
        : words_(words), file_(file), tree_(tree), nodes_(function.nodes), end_(function.body.last), body_(body) {}

    void run() {
        if (body_.locks.empty()) {
            return;
        }
        for (const Node& node : nodes_) {
            if (node.kind == NodeKind::Label) {
                labels_.emplace(tree_.word(node.tokens.first), node.tokens.first);
            }
        }
        for (uint32_t i = 0; i < body_.locks.size(); ++i) {
            const Lock& lock = body_.locks[i];
            bool by_hand = lock.form == LockForm::Macro || lock.form == LockForm::Calls;
            if (by_hand && lock.released && (lock.kind == LockKind::CriticalSection || is_paired(lock))) {
                search(i, lock);
            }
        }
    }

  private:
    // Is a mutex meant to be released before the function ends, on whatever way?
    bool is_paired(const Lock& lock) const {
        return !lock.tries && !lock.guessed && !lock.name.empty() && lock.spans.back().last < end_ &&
               nodes_[lock.node].kind == NodeKind::Expression;
    }

    void search(uint32_t index, const Lock& lock) {
        for (uint32_t n = lock.node + 1; n < nodes_.size(); ++n) {
            uint32_t token = place(n);
            if (token >= lock.spans.back().last) {
                return;
            }
            bool section = lock.kind == LockKind::CriticalSection;
            if (lock.holds(token) && (section ? leaves(n, lock) : forgets(n, lock))) {
                body_.exits.push_back({token, index});
            }
        }
    }

    // The keyword of a jump stands right before the tokens of its node.
    uint32_t place(uint32_t n) const {
        const Node& node = nodes_[n];
        bool keyword = node.kind == NodeKind::Return || node.kind == NodeKind::Goto || node.kind == NodeKind::Break ||
                       node.kind == NodeKind::Continue || node.kind == NodeKind::Throw;
        return keyword ? node.tokens.first - 1 : node.tokens.first;
    }

    bool leaves(uint32_t n, const Lock& lock) const {
        switch (nodes_[n].kind) {
        case NodeKind::Return:
            return true;
        case NodeKind::Throw:
            return !encloses(NodeKind::Try, NodeKind::Try, n, lock);
        case NodeKind::Goto:
            return !lock.holds(label(tree_.word(nodes_[n].tokens.first)));
        case NodeKind::Break:
            return !encloses(NodeKind::Loop, NodeKind::Switch, n, lock);
        case NodeKind::Continue:
            return !encloses(NodeKind::Loop, NodeKind::Loop, n, lock);
        case NodeKind::Expression:
            return is_exit_call(tree_.word(nodes_[n].tokens.first));
        default:
            return false;
        }
    }

    // A mutex may be taken in a loop and released after it, and by what a `return` calls.
    bool forgets(uint32_t n, const Lock& lock) const {
        const Node& node = nodes_[n];
        bool jumps = node.kind != NodeKind::Break && node.kind != NodeKind::Continue && leaves(n, lock);
        return jumps && lock.holds(std::max(node.tokens.first, node.tokens.last) - 1);
    }

    // Is there a loop (switch, try) around node n that began inside the section, so that the jump stays in it?
    bool encloses(NodeKind a, NodeKind b, uint32_t n, const Lock& lock) const {
        for (n = nodes_[n].parent; n > lock.node; n = nodes_[n].parent) {
            if (nodes_[n].kind == a || nodes_[n].kind == b) {
                return true;
            }
        }
        return false;
    }

    // The token of the label, or one that no section holds.
    uint32_t label(std::string_view name) const {
        auto found = labels_.find(name);
        return found == labels_.end() ? UINT32_MAX : found->second;
    }

    bool is_exit_call(std::string_view name) const {
        if (name.substr(0, 10) == "Py_RETURN_" || name == "longjmp" || name == "siglongjmp") {
            return true;
        }
        auto macro = tree_.code.macros.find(name);
        return macro != tree_.code.macros.end() && macro->second.returns && words_.effects(file_, name) == nullptr;
    }

    const LockWords& words_;
    uint32_t file_;
    const Tree& tree_;
    const std::vector<Node>& nodes_;
    uint32_t end_;
    Body& body_;
    std::unordered_map<std::string_view, uint32_t> labels_;
};

} // namespace

void find_exits(const LockWords& words, uint32_t file, const FileFacts& facts, uint32_t function, Body& body) {
    ExitFinder(words, file, *facts.tree, facts.tree->functions[function], body).run();
}

} // namespace ungil::scan
