#include "scan/body.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

class BodyReader {
  public:
    BodyReader(const Tree& tree, const Function& function, Body& body)
        : tree_(tree), function_(function), body_(body) {}

    void run() {
        for (uint32_t n = 0; n < function_.nodes.size(); ++n) {
            node_ = n;
            declared_ = body_.assignments.size();
            const Node& node = function_.nodes[n];
            if (node.kind == NodeKind::Declaration) {
                declare(node.tokens);
            } else if (node.kind == NodeKind::Loop || node.kind == NodeKind::If || node.kind == NodeKind::Switch) {
                declare_in_head(node.tokens);
            }
            read(node.tokens);
        }
    }

  private:
    std::string_view word(uint32_t index) const { return tree_.word(index); }

    // In a condition, `flags & mask` is no declaration of a reference: one there has an initializer.
    void declare(Range tokens, bool initialized_only = false) {
        for (const Variable& variable : read_variables(tree_, tokens)) {
            if (initialized_only && variable.initializer.empty()) {
                continue;
            }
            body_.locals.push_back(variable);
            if (!variable.initializer.empty()) {
                body_.assignments.push_back({variable.name, variable.token, variable.initializer, node_, false});
            }
        }
    }

    // `for (int i = 0; ...)`, `if (auto p = f(); p)`, `for (auto& x : xs)`.
    void declare_in_head(Range tokens) {
        Range first{tokens.first, find_outside_brackets(tree_, tokens, ";")};
        if (first.size() > 2 && tree_.is_name(first.first) && word(first.first + 1) != "(") {
            declare(first, true);
        }
    }

    void read(Range tokens) {
        for (uint32_t i = tokens.first; i < tokens.last; ++i) {
            if (tree_.is_name(i)) {
                name(i);
            } else if (word(i) == "=" && i > tokens.first) {
                assignment(tokens, i);
            }
        }
    }

    void name(uint32_t i) {
        std::string_view before = i > 0 ? word(i - 1) : std::string_view();
        if (word(i + 1) != "(" || tree_.is_keyword(word(i))) {
            if ((before == "->" || before == ".") && is_interpreter_member(word(i))) {
                body_.members.push_back({word(i), i, node_});
            }
            return;
        }
        body_.calls.push_back({word(i), i, {i + 2, tree_.after(i + 1) - 1}, node_, before == "." || before == "->"});
    }

    void assignment(Range tokens, uint32_t equals) {
        uint32_t target = equals - 1;
        bool member = word(target) == "]";
        if (member) {
            target = std::max(tree_.code.partner[target], tokens.first + 1) - 1;
        }
        if (!tree_.is_name(target) || target < tokens.first || is_declared_at(target)) {
            return;
        }
        std::string_view before = target > tokens.first ? word(target - 1) : std::string_view();
        member |= before == "." || before == "->" || before == "*";
        body_.assignments.push_back({word(target), target, {equals + 1, value_end(tokens, equals + 1)}, node_, member});
    }

    // A declaration has recorded its own initializers, in the order in which they are met again here.
    bool is_declared_at(uint32_t token) {
        bool declared = declared_ < body_.assignments.size() && body_.assignments[declared_].token == token;
        declared_ += declared;
        return declared;
    }

    // Up to the next `=` too: `a = b = c` sets a to what b is set to.
    uint32_t value_end(Range tokens, uint32_t first) const {
        for (uint32_t i = first; i < tokens.last; ++i) {
            std::string_view w = word(i);
            if (w == "," || w == ";" || w == ")" || w == "}" || w == "]" || w == "=") {
                return i;
            }
            if (w == "(" || w == "[" || w == "{") {
                i = tree_.after(i) - 1;
            }
        }
        return tokens.last;
    }

    const Tree& tree_;
    const Function& function_;
    Body& body_;
    uint32_t node_ = 0;
    size_t declared_ = 0; // the next assignment that a declaration of this node has recorded
};

// Is `( ... )` a cast to a pointer type: names and stars only, and something follows it?
bool is_cast(const Tree& tree, uint32_t open, uint32_t last) {
    uint32_t close = tree.after(open) - 1;
    if (close <= open + 1 || close + 1 >= last) {
        return false;
    }
    for (uint32_t i = open + 1; i < close; ++i) {
        if (!tree.is_name(i) && tree.word(i) != "*" && tree.word(i) != "::") {
            return false;
        }
    }
    return true;
}

} // namespace

Range strip_casts(const Tree& tree, Range range) {
    while (range.size() > 1 && tree.word(range.first) == "(") {
        uint32_t after = tree.after(range.first);
        if (after == range.last) {
            range = {range.first + 1, range.last - 1};
        } else if (is_cast(tree, range.first, range.last)) {
            range.first = after;
        } else {
            break;
        }
    }
    return range;
}

bool is_null(const Tree& tree, Range value) {
    value = strip_casts(tree, value);
    std::string_view word = tree.word(value.first);
    return value.size() == 1 && (word == "NULL" || word == "nullptr" || word == "0");
}

// The variable that an argument is, or whose address it is; empty for anything else.
std::string_view handed_variable(const Tree& tree, Range argument, bool& by_address) {
    argument = strip_casts(tree, argument);
    by_address = argument.size() == 2 && tree.word(argument.first) == "&";
    uint32_t name = argument.first + by_address;
    return (argument.size() == 1 || by_address) && tree.is_name(name) ? tree.word(name) : std::string_view();
}

void index_variables(const Tree& tree, Body& body) {
    bool by_address = false;
    for (uint32_t c = 0; c < body.calls.size(); ++c) {
        uint32_t index = 0;
        for (Range argument : split(tree, body.calls[c].arguments, ",")) {
            std::string_view name = handed_variable(tree, argument, by_address);
            if (!name.empty()) {
                body.handed[name].push_back({c, index, by_address});
            }
            ++index;
        }
    }
    for (uint32_t a = 0; a < body.assignments.size(); ++a) {
        const Assignment& assignment = body.assignments[a];
        if (!assignment.member) {
            body.assigned[assignment.target].push_back(a);
        }
        std::string_view name = handed_variable(tree, assignment.value, by_address);
        if (!name.empty()) {
            body.passed_on[name].push_back(a);
        }
    }
}

bool is_only_tested(const Tree& tree, const Call& call) {
    auto is_any = [](std::string_view word, std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    uint32_t first = call.token, after = call.arguments.last + 1;
    while (first > 1 && tree.word(first - 1) == "(" && tree.word(after) == ")" && !tree.is_name(first - 2)) {
        --first; // parentheses around the call alone
        ++after;
    }
    std::string_view before = first > 0 ? tree.word(first - 1) : std::string_view();
    std::string_view next = tree.word(after);
    if (is_any(next, {"==", "!="}) || is_any(before, {"==", "!=", "!"})) {
        return true;
    }
    bool opens =
        is_any(before, {"&&", "||"}) || (before == "(" && first > 1 && is_any(tree.word(first - 2), {"if", "while"}));
    return opens && is_any(next, {"&&", "||", ")"});
}

bool is_statement(const Tree& tree, const Function& function, const Call& call) {
    const Node& node = function.nodes[call.node];
    if (node.kind != NodeKind::Expression || call.arguments.last + 1 != node.tokens.last) {
        return false;
    }
    for (uint32_t i = node.tokens.first; i < call.token; ++i) {
        std::string_view word = tree.word(i);
        if (!tree.is_name(i) && word != "->" && word != "." && word != "::") {
            return false;
        }
    }
    return true;
}

const Variable* find_variable(const std::vector<Variable>& variables, std::string_view name) {
    auto found = std::find_if(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == name; });
    return found == variables.end() ? nullptr : &*found;
}

Body read_body(const Tree& tree, const Function& function) {
    Body body;
    BodyReader(tree, function, body).run();
    index_variables(tree, body);
    find_lazy_fills(tree, function, body);
    body.accesses = find_accesses(tree, function);
    return body;
}

} // namespace ungil::scan
