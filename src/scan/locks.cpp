#include "scan/locks.hpp"

#include "scan/lock_annotations.hpp"
#include "scan/lock_events.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// More than any function has; it keeps a hostile one from costing quadratic time.
constexpr size_t kMaximumLocks = 200;

bool is_jump(const Tree& tree, const Node& node) {
    switch (node.kind) {
    case NodeKind::Return:
    case NodeKind::Goto:
    case NodeKind::Break:
    case NodeKind::Continue:
    case NodeKind::Throw:
        return true;
    case NodeKind::Expression:
        return tree.word(node.tokens.first).substr(0, 10) == "Py_RETURN_";
    default:
        return false;
    }
}

// Follows the events down the function, and keeps what is held.
class LockFinder {
  public:
    LockFinder(const Tree& tree, const Function& function, std::vector<LockEvent> events, Body& body)
        : tree_(tree), nodes_(function.nodes), end_(function.body.last), events_(std::move(events)), body_(body) {}

    void run() {
        for (at_ = 0; at_ < events_.size(); ++at_) {
            leave_blocks(events_[at_].token);
            handle(events_[at_]);
        }
        leave_blocks(end_);
        while (!held_.empty()) {
            close(held_.size() - 1, end_);
        }
    }

  private:
    // A lock that is held where the walk stands.
    struct Held {
        uint32_t lock;
        std::string_view guard; // the variable, for a guard
        bool is_guard;
        uint32_t since; // token
        uint32_t block; // node whose statements took it
        uint32_t after; // of a guard, the token after its block
    };

    uint32_t token_after(uint32_t node) const {
        for (uint32_t n = nodes_[node].end; n < nodes_.size(); ++n) {
            if (!nodes_[n].tokens.empty()) {
                return nodes_[n].tokens.first;
            }
        }
        return end_;
    }

    void handle(const LockEvent& event) {
        if (!event.guard.empty()) {
            deferred_.emplace(event.guard, &event);
        }
        if (event.verb.takes && !event.deferred) {
            auto guard = deferred_.find(event.name); // `guard.lock()` locks what the guard was made for
            bool again = event.guard.empty() && guard != deferred_.end();
            take(again ? *guard->second : event, event);
        } else if (!event.verb.takes) {
            for (size_t i = held_.size(); i-- > 0;) {
                if (ends(event, held_[i])) {
                    return release(i, event);
                }
            }
        }
    }

    void take(const LockEvent& what, const LockEvent& at) {
        bool retried = std::any_of(held_.begin(), held_.end(), [&](const Held& h) {
            const Lock& lock = body_.locks[h.lock];
            return lock.kind == what.verb.kind && lock.name == what.name && !h.is_guard && is_condition(lock.node);
        });
        if (body_.locks.size() == kMaximumLocks || retried) {
            return; // `if (!try_lock(m)) lock(m);` takes one lock
        }
        bool is_guard = what.verb.form == LockForm::Guard;
        uint32_t block = nodes_[is_guard ? what.node : at.node].parent;
        held_.push_back({static_cast<uint32_t>(body_.locks.size()), what.guard, is_guard, at.token, block,
                         is_guard ? token_after(block) : end_});
        Lock lock{what.verb.kind, what.verb.form, what.operands, at.token, at.node, what.name};
        lock.tries = what.verb.tries;
        lock.guessed = what.guessed;
        lock.released = is_guard;
        body_.locks.push_back(std::move(lock));
    }

    bool is_condition(uint32_t node) const {
        return nodes_[node].kind == NodeKind::If || nodes_[node].kind == NodeKind::Declaration ||
               nodes_[node].kind == NodeKind::Loop;
    }

    bool ends(const LockEvent& event, const Held& held) const {
        const Lock& lock = body_.locks[held.lock];
        if (held.is_guard) {
            return !held.guard.empty() && held.guard == event.name;
        }
        return lock.kind == event.verb.kind && (lock.kind == LockKind::CriticalSection || lock.name == event.name);
    }

    void close(size_t index, uint32_t token) {
        const Held& held = held_[index];
        body_.locks[held.lock].spans.push_back({held.since, token});
        held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    }

    void leave_blocks(uint32_t token) {
        for (size_t i = held_.size(); i-- > 0;) {
            if (held_[i].is_guard && token >= held_[i].after) {
                close(i, held_[i].after);
            }
        }
    }

    // `if (failed) { unlock; return; }` releases on its own way out only; the lock is still held after the branch.
    void release(size_t index, const LockEvent& event) {
        Held& held = held_[index];
        body_.locks[held.lock].released = true;
        uint32_t block = nodes_[event.node].parent;
        if (event.leaves) {
            return;
        }
        if (!always_runs(block, held.block) && leaves(block)) {
            body_.locks[held.lock].spans.push_back({held.since, event.token});
            held.since = token_after(block);
            return;
        }
        uint32_t label = label_after(event.node);
        if (label == end_ || !released_after(held, label)) {
            return close(index, event.token);
        }
        body_.locks[held.lock].spans.push_back({held.since, event.token});
        held.since = label;
    }

    // Is `block` the one that took the lock, or written inside it without a condition, as in `error: { unlock; goto end; }`?
    bool always_runs(uint32_t block, uint32_t taker) const {
        while (block > taker && nodes_[block].kind == NodeKind::Block) {
            block = nodes_[block].parent;
        }
        return block == taker;
    }

    bool leaves(uint32_t block) const {
        for (uint32_t n = nodes_[block].end; n-- > block + 1;) {
            if (nodes_[n].parent == block) {
                return is_jump(tree_, nodes_[n]);
            }
        }
        return false;
    }

    // `unlock; return x; error:` leads to a label that is reached from where the lock is held.
    uint32_t label_after(uint32_t node) const {
        uint32_t block = nodes_[node].parent;
        bool left = false;
        int steps = 0;
        for (uint32_t n = nodes_[node].end; n < nodes_[block].end && steps < 8; n = nodes_[n].end, ++steps) {
            if (left) {
                return nodes_[n].kind == NodeKind::Label ? nodes_[n].tokens.first : end_;
            }
            left = is_jump(tree_, nodes_[n]);
        }
        return end_;
    }

    bool released_after(const Held& held, uint32_t token) const {
        for (size_t i = at_ + 1; i < events_.size(); ++i) {
            if (events_[i].token > token && !events_[i].verb.takes && ends(events_[i], held)) {
                return true;
            }
            if (events_[i].verb.takes && events_[i].name == body_.locks[held.lock].name) {
                return false;
            }
        }
        return false;
    }

    const Tree& tree_;
    const std::vector<Node>& nodes_;
    uint32_t end_;
    std::vector<LockEvent> events_;
    Body& body_;
    size_t at_ = 0;
    std::vector<Held> held_;
    std::unordered_map<std::string_view, const LockEvent*> deferred_; // guards by their variable
};

} // namespace

void find_locks(const LockWords& words, uint32_t file, const FileFacts& facts, uint32_t function, Body& body) {
    const Tree& tree = *facts.tree;
    std::vector<LockEvent> events = find_lock_events(words, file, tree, tree.functions[function], body);
    if (!events.empty()) {
        LockFinder(tree, tree.functions[function], std::move(events), body).run();
    }
    find_lock_annotations(tree, body);
}

} // namespace ungil::scan
