#include "scan/lock_events.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

constexpr uint32_t kMaximumName = 60;   // tokens that name a lock
constexpr size_t kMaximumEvents = 1000; // more than any function has; what follows is not looked at
constexpr size_t kMaximumGuesses = 8;

std::vector<std::string_view> words_of(const Tree& tree, Range range) {
    std::vector<std::string_view> words;
    for (uint32_t i = range.first; i < range.last && words.size() < kMaximumName; ++i) {
        words.push_back(tree.word(i));
    }
    return words;
}

std::string name_of(const Tree& tree, Range range) {
    return lock_name(words_of(tree, range));
}

// What a function does to locks, in the order of its tokens.
class EventFinder {
  public:
    EventFinder(const LockWords& words, uint32_t file, const Tree& tree, const Function& function, const Body& body)
        : words_(words), file_(file), tree_(tree), nodes_(function.nodes), body_(body) {}

    std::vector<LockEvent> run() {
        for (const Call& call : body_.calls) {
            of_call(call);
        }
        for (uint32_t n = 0; n < nodes_.size(); ++n) {
            const Node& node = nodes_[n];
            if (node.kind == NodeKind::Expression && node.tokens.size() == 1 && tree_.is_name(node.tokens.first)) {
                of_name(tree_.word(node.tokens.first), node.tokens.first, n, {});
            }
        }
        guards();
        guess();
        std::stable_sort(events_.begin(), events_.end(), [](auto& a, auto& b) { return a.token < b.token; });
        events_.resize(std::min(events_.size(), kMaximumEvents));
        return std::move(events_);
    }

  private:
    void of_call(const Call& call) {
        if (call.member) {
            return of_member(call);
        }
        const LockVerb* verb = find_lock_verb(call.name);
        if (verb == nullptr) {
            if (!of_name(call.name, call.token, call.node, call.arguments) && releases_.size() < kMaximumGuesses &&
                !name_that_takes(call.name).empty()) {
                releases_.push_back(&call);
            }
            return;
        }
        bool spins = call.name.find("test_and_set") != std::string_view::npos;
        if (!spins || nodes_[call.node].kind == NodeKind::Loop) {
            std::vector<Range> given = split(tree_, call.arguments, ",");
            Range what = call.arguments;
            if (verb->kind == LockKind::Mutex && !given.empty()) {
                what = given.front();
            } else if (verb->operand < given.size()) {
                what.first = given[verb->operand].first;
            }
            add(call.token, call.node, *verb, what, name_of(tree_, what));
            events_.back().verb.tries |= given.size() == 2 && tries(given[1]);
        }
    }

    bool tries(Range flag) const { return tree_.word(flag.first) == "NOWAIT_LOCK" || tree_.word(flag.first) == "0"; }

    // `mutex.lock();`, `self->mutex->unlock();`: a statement, since a weak pointer's lock() is used for what it returns.
    void of_member(const Call& call) {
        bool spins = call.name == "test_and_set" && nodes_[call.node].kind == NodeKind::Loop;
        bool takes = call.name == "lock" || call.name == "lock_shared" || spins;
        bool tries = call.name == "try_lock" || call.name == "try_lock_for" || call.name == "try_lock_shared";
        bool releases = call.name == "unlock" || call.name == "unlock_shared" || call.name == "clear";
        if (!takes && !tries && !releases) {
            if (const LockEffects* effects = words_.effects(file_, call.name); effects != nullptr) {
                of_name(call.name, call.token, call.node, call.arguments);
            }
            return;
        }
        const Node& node = nodes_[call.node];
        bool statement = node.kind == NodeKind::Expression && call.arguments.last + 1 == node.tokens.last;
        if (!statement && !tries && !spins) {
            return;
        }
        uint32_t first =
            std::max<uint32_t>(node.tokens.first, call.token > kMaximumName ? call.token - kMaximumName : 0);
        Range what = receiver(words_of(tree_, {first, call.token}), call.token - first);
        what = {what.first + first, call.token - 1};
        add(call.token, call.node, {takes || tries, LockKind::Mutex, LockForm::Calls, 0, tries}, what,
            name_of(tree_, what));
    }

    // A macro or function of the project, which does what its definition says.
    bool of_name(std::string_view name, uint32_t token, uint32_t node, Range arguments) {
        const LockEffects* effects = words_.effects(file_, name);
        if (effects == nullptr) {
            return false;
        }
        std::vector<Range> given = split(tree_, arguments, ",");
        for (const LockEffect& effect : *effects) {
            LockEvent event{token, node, effect.verb, operands(effect, given), expand(effect, given), {}};
            event.leaves = effect.leaves && !effect.verb.takes;
            events_.push_back(std::move(event));
        }
        return true;
    }

    std::string expand(const LockEffect& effect, const std::vector<Range>& given) const {
        std::vector<std::string_view> words;
        for (const OperandWord& word : effect.operand) {
            if (word.parameter < 0) {
                words.push_back(word.word);
            } else if (static_cast<size_t>(word.parameter) < given.size()) {
                auto argument = words_of(tree_, strip_casts(tree_, given[static_cast<size_t>(word.parameter)]));
                words.insert(words.end(), argument.begin(), argument.end());
            }
        }
        return lock_name(words);
    }

    // The arguments that are locked themselves; empty when what is locked is a field of one, or no argument at all.
    static Range operands(const LockEffect& effect, const std::vector<Range>& given) {
        Range found;
        for (const OperandWord& word : effect.operand) {
            if (word.word == "->" || word.word == ".") {
                return {};
            }
            if (word.parameter >= 0 && static_cast<size_t>(word.parameter) < given.size()) {
                Range argument = given[static_cast<size_t>(word.parameter)];
                found = found.empty()
                            ? argument
                            : Range{std::min(found.first, argument.first), std::max(found.last, argument.last)};
            }
        }
        return found;
    }

    void guards() {
        for (const Variable& local : body_.locals) {
            if (local.pointers != 0 || local.storage != Storage::Automatic) {
                continue;
            }
            GuardType type{};
            Range what = local.initializer;
            if (local.type == "auto" ? !made_guard(what, type) : !is_guard(local, type)) {
                continue;
            }
            std::string_view open = tree_.word(what.first);
            if (what.size() > 1 && (open == "(" || open == "{") && tree_.after(what.first) == what.last) {
                what = {what.first + 1, what.last - 1};
            }
            std::vector<Range> given = split(tree_, what, ",");
            LockEvent event{local.token, 0, {true, type.kind, LockForm::Guard}, what, {}, local.name};
            for (Range argument : given) {
                std::string_view last = tree_.word(argument.last - 1);
                event.deferred |= last == "defer_lock" || last == "defer_lock_t";
                event.verb.tries |= last == "try_to_lock" || last == "try_to_lock_t";
            }
            event.name = given.empty() ? std::string(local.type) : name_of(tree_, given.front());
            event.deferred |= given.empty() && !words_.is_guard_class(local.type);
            event.node = node_of(local.token);
            events_.push_back(std::move(event));
        }
    }

    bool is_guard(const Variable& local, GuardType& type) const {
        if (words_.is_guard_class(local.type)) {
            type = {LockKind::Mutex, true};
            return true;
        }
        if (!find_guard_type(local.type, type)) {
            return false;
        }
        std::string_view open = tree_.word(local.initializer.first);
        bool constructed = !local.initializer.empty() && (open == "(" || open == "{");
        return type.certain || (tree_.language == Language::Cxx && constructed && mentions_lock(local.initializer));
    }

    // `auto guard = std::lock_guard(mutex);` and `auto guard = std::unique_lock<std::mutex>{mutex};`
    bool made_guard(Range& what, GuardType& type) const {
        uint32_t last = what.last - 1;
        if (what.size() < 4 || tree_.code.partner[last] >= last || tree_.code.partner[last] <= what.first) {
            return false;
        }
        uint32_t open = tree_.code.partner[last];
        for (uint32_t i = what.first; i < open && i < what.first + 8; ++i) {
            bool ends_name = tree_.word(i + 1) == "<" || i + 1 == open;
            if (tree_.is_name(i) && ends_name && find_guard_type(tree_.word(i), type) && type.certain) {
                what = {open, last + 1};
                return true;
            }
        }
        return false;
    }

    bool mentions_lock(Range range) const {
        for (uint32_t i = range.first; i < range.last && i < range.first + kMaximumName; ++i) {
            if (tree_.is_name(i) && names_a_lock(tree_.word(i))) {
                return true;
            }
        }
        return false;
    }

    uint32_t node_of(uint32_t token) const {
        auto after = std::upper_bound(nodes_.begin(), nodes_.end(), token, [](uint32_t t, const Node& n) {
            return !n.tokens.empty() && t < n.tokens.first;
        });
        while (after != nodes_.begin() && !(after - 1)->tokens.contains(token)) {
            --after;
        }
        return after == nodes_.begin() ? 0 : static_cast<uint32_t>(after - nodes_.begin()) - 1;
    }

    // `pool_lock(p)` of some library takes what `pool_unlock(p)` releases further down.
    void guess() {
        for (const Call* release : releases_) {
            std::string takes = name_that_takes(release->name);
            std::string name = name_of(tree_, release->arguments);
            bool taken = false;
            for (const Call& call : body_.calls) {
                if (call.token < release->token && call.name == takes && name_of(tree_, call.arguments) == name) {
                    add(call.token, call.node, {true, LockKind::Mutex, LockForm::Calls}, call.arguments, name);
                    events_.back().guessed = taken = true;
                }
            }
            if (taken) {
                add(release->token, release->node, {false, LockKind::Mutex, LockForm::Calls}, release->arguments, name);
            }
        }
    }

    void add(uint32_t token, uint32_t node, LockVerb verb, Range operands, std::string name) {
        events_.push_back({token, node, verb, operands, std::move(name), {}});
    }

    const LockWords& words_;
    uint32_t file_;
    const Tree& tree_;
    const std::vector<Node>& nodes_;
    const Body& body_;
    std::vector<LockEvent> events_;
    std::vector<const Call*> releases_;
};

} // namespace

std::vector<LockEvent> find_lock_events(const LockWords& words, uint32_t file, const Tree& tree,
                                        const Function& function, const Body& body) {
    return EventFinder(words, file, tree, function, body).run();
}

} // namespace ungil::scan
