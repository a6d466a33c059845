#include "scan/body.hpp"

#include <algorithm>
#include <unordered_map>

namespace ungil::scan {
namespace {

// What a comparison says about a variable when it holds.
enum class Says : uint8_t { Nothing, IsNull, IsSet };

// One comparison of a variable with NULL in the condition of an `if`.
struct Test {
    Says says;
    uint32_t token;  // of the variable
    Range branch;    // nodes of the `if`
    Range otherwise; // nodes of its `else`
    bool returns;    // the branch ends by leaving the function
};

// More tests of one variable in one function than any person writes; the rest are not looked at.
constexpr size_t kMaximumTests = 16;

bool has_static_storage(const Variable& variable, bool global) {
    if (variable.storage == Storage::ThreadLocal || variable.is_const || variable.is_array) {
        return false;
    }
    return global || variable.storage == Storage::Static;
}

class LazyFillFinder {
  public:
    LazyFillFinder(const Tree& tree, const Function& function, Body& body)
        : tree_(tree), function_(function), nodes_(function.nodes), body_(body) {}

    void run() {
        collect_aliases();
        collect_tests();
        for (const Assignment& assignment : body_.assignments) {
            auto tests = tests_.find(assignment.target);
            if (tests == tests_.end() || assignment.member || is_null(tree_, assignment.value)) {
                continue;
            }
            const Variable* variable = static_variable(assignment.target);
            auto decides = std::find_if(tests->second.begin(), tests->second.end(),
                                        [&](const Test& test) { return makes_first_use(test, assignment); });
            if (variable != nullptr && variable->token != assignment.token && decides != tests->second.end()) {
                body_.lazy_fills.push_back({variable, decides->token, assignment.token});
            }
        }
    }

  private:
    const Variable* static_variable(std::string_view name) const {
        if (const Variable* local = find_variable(body_.locals, name)) {
            return has_static_storage(*local, false) ? local : nullptr;
        }
        const auto& parameters = function_.parameters;
        if (std::any_of(parameters.begin(), parameters.end(), [&](auto& p) { return p.name == name; })) {
            return nullptr;
        }
        const Variable* global = find_variable(tree_.globals, name);
        return global != nullptr && has_static_storage(*global, true) ? global : nullptr;
    }

    // `v = cache; if (v == NULL)` tests cache.
    void collect_aliases() {
        for (const Assignment& assignment : body_.assignments) {
            Range value = strip_casts(tree_, assignment.value);
            if (!assignment.member && value.size() == 1 && tree_.is_name(value.first)) {
                aliases_.emplace(assignment.target, tree_.word(value.first));
            }
        }
    }

    void collect_tests() {
        for (uint32_t n = 1; n < nodes_.size(); ++n) {
            Range condition = nodes_[n].tokens;
            for (uint32_t i = condition.first; nodes_[n].kind == NodeKind::If && i < condition.last; ++i) {
                if (tree_.is_name(i)) {
                    note_test(n, i, comparison(condition, i));
                }
            }
        }
    }

    void note_test(uint32_t node, uint32_t token, Says says) {
        if (says == Says::Nothing) {
            return;
        }
        std::string_view name = tree_.word(token);
        Test test{says, token, {node, nodes_[node].end}, otherwise(node), returns(node)};
        add_test(name, test);
        if (auto alias = aliases_.find(name); alias != aliases_.end()) {
            add_test(alias->second, test);
        }
    }

    void add_test(std::string_view variable, Test test) {
        auto& tests = tests_[variable];
        if (tests.size() < kMaximumTests) {
            tests.push_back(test);
        }
    }

    // Does this test make the assignment a first use? The assignment stands in the branch taken when the variable is
    // null, or after a branch that leaves the function when the variable is set.
    bool makes_first_use(const Test& test, const Assignment& assignment) const {
        if (assignment.token < test.token) {
            return false;
        }
        bool inside = test.branch.contains(assignment.node);
        bool otherwise = test.otherwise.contains(assignment.node);
        if (test.says == Says::IsNull) {
            return inside && !otherwise;
        }
        return otherwise || (!inside && test.returns);
    }

    Range otherwise(uint32_t branch) const {
        for (uint32_t n = branch + 1; n < nodes_[branch].end; n = nodes_[n].end) {
            if (nodes_[n].kind == NodeKind::Else) {
                return {n, nodes_[n].end};
            }
        }
        return {};
    }

    // Is there a return among the statements of the branch itself? One that is nested deeper may not be taken.
    bool returns(uint32_t branch) const {
        uint32_t body = branch + 1;
        if (body < nodes_[branch].end && nodes_[body].kind == NodeKind::Block) {
            branch = body;
        }
        for (uint32_t n = branch + 1; n < nodes_[branch].end; n = nodes_[n].end) {
            bool macro = nodes_[n].kind == NodeKind::Expression &&
                         tree_.word(nodes_[n].tokens.first).substr(0, 10) == "Py_RETURN_";
            if (nodes_[n].kind == NodeKind::Return || macro) {
                return true;
            }
        }
        return false;
    }

    Says comparison(Range condition, uint32_t i) const {
        std::string_view before = i > condition.first ? tree_.word(i - 1) : "(";
        std::string_view after = i + 1 < condition.last ? tree_.word(i + 1) : ")";
        if (before == "." || before == "->" || before == "&") {
            return Says::Nothing;
        }
        if (after == "==" && is_null(tree_, {i + 2, i + 3})) {
            return Says::IsNull;
        }
        if (after == "!=" && is_null(tree_, {i + 2, i + 3})) {
            return Says::IsSet;
        }
        if (i >= condition.first + 2 && is_null(tree_, {i - 2, i - 1}) && (before == "==" || before == "!=")) {
            return before == "==" ? Says::IsNull : Says::IsSet;
        }
        bool alone = after == ")" || after == "&&" || after == "||";
        if (before == "!" && alone) {
            return Says::IsNull;
        }
        bool opens = before == "(" || before == "&&" || before == "||";
        return alone && opens && !is_argument(condition, i) ? Says::IsSet : Says::Nothing;
    }

    // `if (PyErr_Occurred(cache))` hands the variable to a call; that is no test.
    bool is_argument(Range condition, uint32_t i) const {
        return i >= condition.first + 2 && tree_.word(i - 1) == "(" && tree_.is_name(i - 2);
    }

    const Tree& tree_;
    const Function& function_;
    const std::vector<Node>& nodes_;
    Body& body_;
    std::unordered_map<std::string_view, std::string_view> aliases_;
    std::unordered_map<std::string_view, std::vector<Test>> tests_;
};

} // namespace

void find_lazy_fills(const Tree& tree, const Function& function, Body& body) {
    LazyFillFinder(tree, function, body).run();
}

} // namespace ungil::scan
