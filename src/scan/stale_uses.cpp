#include "scan/stale_uses.hpp"

#include "scan/owners.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

constexpr size_t kMaximumFound = 64;   // in one function, those that are looked at again included
constexpr uint32_t kMaximumDepth = 64; // of nested blocks
constexpr uint32_t kMaximumWords = 64; // of an expression that are looked at

// Goes down a function with what each local was read from.
class StaleFinder {
  public:
    StaleFinder(const Tree& tree, const Function& function, const Body& body, bool called_locked)
        : tree_(tree), function_(function), nodes_(function.nodes), body_(body), called_locked_(called_locked),
          owners_(tree, function, body) {}

    std::vector<StaleUse> run() {
        const auto& accesses = body_.accesses;
        std::vector<uint32_t> order(body_.assignments.size());
        for (uint32_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
            return body_.assignments[a].token < body_.assignments[b].token;
        });
        size_t at = 0;
        for (uint32_t i : order) {
            const Assignment& assignment = body_.assignments[i];
            for (; at < accesses.size() && accesses[at].first < assignment.token; ++at) {
                use(accesses[at]);
            }
            assign(assignment);
        }
        for (; at < accesses.size(); ++at) {
            use(accesses[at]);
        }
        std::sort(found_.begin(), found_.end(), [](const StaleUse& a, const StaleUse& b) { return a.use < b.use; });
        return std::move(found_);
    }

  private:
    // Where the value of a local comes from.
    struct Source {
        const FieldAccess* access;
        bool exact; // it is what the field held, not something worked out from it
    };

    std::string_view field(const FieldAccess& access) const { return tree_.word(access.field); }

    bool is_held(uint32_t token) const { return called_locked_ || lock_at(token) != nullptr; }

    const Lock* lock_at(uint32_t token) const {
        for (const Lock& lock : body_.locks) {
            if (lock.kind == LockKind::CriticalSection && lock.released && lock.form != LockForm::Annotation &&
                lock.holds(token)) {
                return &lock;
            }
        }
        return nullptr;
    }

    // The first field that is read in a range, where a section is held.
    const FieldAccess* read_in(Range range) {
        auto at = std::lower_bound(body_.accesses.begin(), body_.accesses.end(), range.first,
                                   [](const FieldAccess& a, uint32_t t) { return a.first < t; });
        bool reads = at != body_.accesses.end() && at->last <= range.last && at->kind == FieldAction::Read &&
                     !at->deeper && !at->variable.empty() && is_held(at->first);
        return reads && owners_.of(at->variable, at->first).birth != Birth::Fresh ? &*at : nullptr;
    }

    // The first local in a range that stands for what a field held.
    const Source* source_in(Range range) const {
        uint32_t end = std::min(range.last, range.first + kMaximumWords);
        for (uint32_t i = range.first; i < end; ++i) {
            if (tree_.is_name(i) && !is_member(i)) {
                if (auto known = sources_.find(tree_.word(i)); known != sources_.end()) {
                    return &known->second;
                }
            }
        }
        return nullptr;
    }

    bool is_member(uint32_t token) const {
        std::string_view before = token > 0 ? tree_.word(token - 1) : std::string_view();
        return before == "->" || before == ".";
    }

    void assign(const Assignment& assignment) {
        if (assignment.member) {
            return; // its access is met next
        }
        Range value = strip_casts(tree_, assignment.value);
        const FieldAccess* access = read_in(value);
        const Source* source = access == nullptr ? source_in(value) : nullptr;
        if (access != nullptr) {
            bool exact = access->first == value.first && access->last == value.last;
            sources_[assignment.target] = {access, exact && tree_.word(access->last - 1) != "]"};
        } else if (source != nullptr) {
            sources_[assignment.target] = {source->access, source->exact && value.size() == 1};
        } else {
            sources_.erase(assignment.target);
        }
    }

    void use(const FieldAccess& access) {
        if (sources_.empty() || access.variable.empty() || !is_held(access.first)) {
            return;
        }
        if (access.kind == FieldAction::Write || access.kind == FieldAction::Release) {
            write(access);
        } else if (access.kind == FieldAction::Tested || access.kind == FieldAction::Read ||
                   access.kind == FieldAction::Deep) {
            element(access);
        }
    }

    // `self->count = n + 1`, `Py_XSETREF(self->total, sum)`
    void write(const FieldAccess& access) {
        Range value{access.last + 1, nodes_[access.node].tokens.last};
        const Source* source = access.deeper || value.empty() ? nullptr : source_in(value);
        if (source != nullptr && is_same(*source->access, access) && !(source->exact && is_one_word(value))) {
            add(StaleKind::Write, *source, access);
        }
    }

    // Writing back what was there before is a change for a while, not one that relies on the value.
    bool is_one_word(Range value) const { return strip_casts(tree_, value).size() == 1; }

    bool is_same(const FieldAccess& read, const FieldAccess& other) const {
        return read.variable == other.variable && field(read) == field(other);
    }

    // `self->items[n]`
    void element(const FieldAccess& access) {
        uint32_t open = access.field + 1;
        if (tree_.word(open) != "[") {
            return;
        }
        Range index{open + 1, tree_.after(open) - 1};
        const Source* source = source_in(index);
        if (source != nullptr && source->access->variable == access.variable &&
            field(*source->access) != field(access)) {
            return add(StaleKind::Index, *source, access);
        }
        bound(access, index);
    }

    // `for (i = 0; i < n; i++) self->items[i];`
    void bound(const FieldAccess& access, Range index) {
        if (index.size() != 1 || !tree_.is_name(index.first)) {
            return;
        }
        uint32_t loop = loop_around(access.node);
        Range head = loop == 0 ? Range{} : nodes_[loop].tokens;
        for (uint32_t i = head.first; i + 1 < head.last; ++i) {
            std::string_view between = tree_.word(i + 1);
            if (tree_.word(i) == tree_.word(index.first) && (between == "<" || between == "!=" || between == "<=")) {
                const Source* source = source_in({i + 2, i + 3});
                if (source != nullptr && source->access->variable == access.variable &&
                    source->access->first < head.first) {
                    add(StaleKind::Bound, *source, access);
                }
                return;
            }
        }
    }

    uint32_t loop_around(uint32_t node) const {
        for (uint32_t steps = 0; steps < kMaximumDepth && node != 0; ++steps, node = nodes_[node].parent) {
            if (nodes_[node].kind == NodeKind::Loop) {
                return node;
            }
        }
        return 0;
    }

    uint32_t token_after(uint32_t node) const {
        uint32_t next = nodes_[node].end;
        while (next < nodes_.size() && nodes_[next].tokens.empty()) {
            ++next;
        }
        return next < nodes_.size() ? nodes_[next].tokens.first : function_.body.last;
    }

    void add(StaleKind kind, const Source& source, const FieldAccess& access) {
        const FieldAccess& read = *source.access;
        const Lock* lock = lock_at(read.first);
        if (lock != lock_at(access.first) || ++asked_ > kMaximumFound) {
            return;
        }
        uint32_t end = kind == StaleKind::Write ? nodes_[access.node].tokens.last : access.first;
        uint32_t loop = loop_around(access.node);
        if (loop != 0 && kind != StaleKind::Write && nodes_[loop].tokens.first > read.first) {
            end = token_after(loop); // a call at the end of one round makes the next one stale
        }
        Range between{read.first, end};
        if (!is_looked_at_again(read, between)) {
            found_.push_back({kind, field(read), read.field, access.field, between});
        }
    }

    // `if (self->count != n)`: the function looks whether the value still holds.
    bool is_looked_at_again(const FieldAccess& read, Range between) const {
        auto at = std::upper_bound(body_.accesses.begin(), body_.accesses.end(), read.first,
                                   [](uint32_t t, const FieldAccess& a) { return t < a.first; });
        for (; at != body_.accesses.end() && at->first < between.last; ++at) {
            NodeKind kind = nodes_[at->node].kind;
            bool decides = kind == NodeKind::If || kind == NodeKind::Loop;
            bool looks = at->kind == FieldAction::Read || at->kind == FieldAction::Tested;
            if (decides && looks && is_same(read, *at)) {
                return true;
            }
        }
        return false;
    }

    const Tree& tree_;
    const Function& function_;
    const std::vector<Node>& nodes_;
    const Body& body_;
    bool called_locked_;
    Owners owners_;
    std::unordered_map<std::string_view, Source> sources_;
    std::vector<StaleUse> found_;
    size_t asked_ = 0;
};

bool has_section(const Body& body) {
    return std::any_of(body.locks.begin(), body.locks.end(),
                       [](const Lock& lock) { return lock.kind == LockKind::CriticalSection; });
}

} // namespace

std::vector<StaleUse> find_stale_uses(const FileFacts& file, uint32_t function) {
    const Body& body = file.bodies[function];
    uint8_t under = file.called_under[function];
    bool called_locked = (under & kSomeLock) != 0 && (under & kSomeMutex) == 0;
    if (body.accesses.empty() || (!called_locked && !has_section(body))) {
        return {};
    }
    return StaleFinder(*file.tree, file.tree->functions[function], body, called_locked).run();
}

} // namespace ungil::scan
