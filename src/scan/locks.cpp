#include "scan/body.hpp"
#include "scan/declarator.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

// More than any function has; it keeps a hostile one from costing quadratic time.
constexpr size_t kMaximumLocks = 200;

// The ways to take a lock, and what ends each. A guard ends with its block.
struct LockVerb {
    std::string_view begin;
    std::string_view end;
    LockKind kind;
    LockForm form;
};

constexpr std::array<LockVerb, 12> kVerbs{{
    {"Py_BEGIN_CRITICAL_SECTION", "Py_END_CRITICAL_SECTION", LockKind::CriticalSection, LockForm::Macro},
    {"Py_BEGIN_CRITICAL_SECTION2", "Py_END_CRITICAL_SECTION2", LockKind::CriticalSection, LockForm::Macro},
    {"Py_BEGIN_CRITICAL_SECTION_MUTEX", "Py_END_CRITICAL_SECTION", LockKind::CriticalSection, LockForm::Macro},
    {"Py_BEGIN_CRITICAL_SECTION2_MUTEX", "Py_END_CRITICAL_SECTION2", LockKind::CriticalSection, LockForm::Macro},
    {"PyCriticalSection_Begin", "PyCriticalSection_End", LockKind::CriticalSection, LockForm::Calls},
    {"PyCriticalSection_BeginMutex", "PyCriticalSection_End", LockKind::CriticalSection, LockForm::Calls},
    {"PyCriticalSection2_Begin", "PyCriticalSection2_End", LockKind::CriticalSection, LockForm::Calls},
    {"PyCriticalSection2_BeginMutex", "PyCriticalSection2_End", LockKind::CriticalSection, LockForm::Calls},
    {"PyMutex_Lock", "PyMutex_Unlock", LockKind::Mutex, LockForm::Calls},
    {"pthread_mutex_lock", "pthread_mutex_unlock", LockKind::Mutex, LockForm::Calls},
    {"PyThread_acquire_lock", "PyThread_release_lock", LockKind::Mutex, LockForm::Calls},
    {"EnterCriticalSection", "LeaveCriticalSection", LockKind::Mutex, LockForm::Calls},
}};

struct GuardType {
    std::string_view name;
    LockKind kind;
};

constexpr std::array<GuardType, 8> kGuards{{
    {"lock_guard", LockKind::Mutex},
    {"unique_lock", LockKind::Mutex},
    {"scoped_lock", LockKind::Mutex},
    {"shared_lock", LockKind::Mutex},
    {"ft_lock_guard", LockKind::Mutex},
    {"ft_object_guard", LockKind::CriticalSection},
    {"ft_object2_guard", LockKind::CriticalSection},
    {"scoped_critical_section", LockKind::CriticalSection},
}};

// The object of PyCriticalSection_Begin(&cs, object); the only argument of the others.
Range operands(const Tree& tree, const LockVerb& verb, Range arguments) {
    if (verb.form == LockForm::Calls && verb.kind == LockKind::CriticalSection) {
        return {find_outside_brackets(tree, arguments, ",") + 1, arguments.last};
    }
    return arguments;
}

class LockFinder {
  public:
    LockFinder(const Tree& tree, const Function& function, Body& body)
        : tree_(tree), nodes_(function.nodes), end_(function.body.last), body_(body) {}

    void run() {
        size_t call = 0;
        for (uint32_t n = 0; n < nodes_.size(); ++n) {
            leave_blocks(n);
            if (nodes_[n].kind == NodeKind::Declaration) {
                guard(n);
            }
            for (; call < body_.calls.size() && body_.calls[call].node == n; ++call) {
                handle(body_.calls[call]);
            }
        }
        while (!held_.empty()) {
            close(held_.size() - 1, end_);
        }
    }

  private:
    // A lock that is held where the walk stands.
    struct Held {
        uint32_t lock;
        const LockVerb* verb; // null for a guard
        uint32_t since;       // token
        uint32_t block;       // node whose statements took it
    };

    uint32_t token_after(uint32_t node) const {
        for (uint32_t n = nodes_[node].end; n < nodes_.size(); ++n) {
            if (!nodes_[n].tokens.empty()) {
                return nodes_[n].tokens.first;
            }
        }
        return end_;
    }

    void take(LockKind kind, LockForm form, Range what, uint32_t token, uint32_t node, const LockVerb* verb) {
        if (body_.locks.size() == kMaximumLocks) {
            return;
        }
        held_.push_back({static_cast<uint32_t>(body_.locks.size()), verb, token, nodes_[node].parent});
        body_.locks.push_back({kind, form, what, token, node, {}, verb == nullptr});
    }

    void close(size_t index, uint32_t token) {
        const Held& held = held_[index];
        body_.locks[held.lock].spans.push_back({held.since, token});
        held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    }

    void leave_blocks(uint32_t node) {
        for (size_t i = held_.size(); i-- > 0;) {
            if (held_[i].verb == nullptr && node >= nodes_[held_[i].block].end) {
                close(i, token_after(held_[i].block));
            }
        }
    }

    void guard(uint32_t node) {
        for (const Variable& variable : read_variables(tree_, nodes_[node].tokens)) {
            auto type = std::find_if(kGuards.begin(), kGuards.end(), [&](auto& g) { return g.name == variable.type; });
            if (type != kGuards.end()) {
                take(type->kind, LockForm::Guard, variable.initializer, variable.token, node, nullptr);
            }
        }
    }

    void handle(const Call& call) {
        for (const LockVerb& verb : kVerbs) {
            if (verb.begin == call.name) {
                return take(verb.kind, verb.form, operands(tree_, verb, call.arguments), call.token, call.node, &verb);
            }
        }
        for (size_t i = held_.size(); i-- > 0;) {
            if (held_[i].verb != nullptr && held_[i].verb->end == call.name && same_mutex(held_[i], call)) {
                return release(i, call);
            }
        }
    }

    bool same_mutex(const Held& held, const Call& call) const {
        const Lock& lock = body_.locks[held.lock];
        return lock.kind != LockKind::Mutex || tree_.source(lock.operands) == tree_.source(call.arguments);
    }

    // `if (failed) { unlock; return; }` releases on its own way out only; the lock is still held after the branch.
    void release(size_t index, const Call& call) {
        Held& held = held_[index];
        body_.locks[held.lock].released = true;
        uint32_t block = nodes_[call.node].parent;
        if (block == held.block || !leaves(block)) {
            return close(index, call.token);
        }
        body_.locks[held.lock].spans.push_back({held.since, call.token});
        held.since = token_after(block);
    }

    bool leaves(uint32_t block) const {
        for (uint32_t n = nodes_[block].end; n-- > block + 1;) {
            if (nodes_[n].parent == block) {
                return is_jump(n);
            }
        }
        return false;
    }

    bool is_jump(uint32_t n) const {
        switch (nodes_[n].kind) {
        case NodeKind::Return:
        case NodeKind::Goto:
        case NodeKind::Break:
        case NodeKind::Continue:
        case NodeKind::Throw:
            return true;
        case NodeKind::Expression:
            return tree_.word(nodes_[n].tokens.first).substr(0, 10) == "Py_RETURN_";
        default:
            return false;
        }
    }

    const Tree& tree_;
    const std::vector<Node>& nodes_;
    uint32_t end_;
    Body& body_;
    std::vector<Held> held_;
};

} // namespace

void find_locks(const Tree& tree, const Function& function, Body& body) {
    LockFinder(tree, function, body).run();
}

} // namespace ungil::scan
