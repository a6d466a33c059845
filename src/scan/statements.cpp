#include "scan/declarator.hpp"
#include "scan/parser.hpp"
#include "scan/words.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// Deeper nesting than any person writes is read as one expression, so that hostile input cannot exhaust the stack.
constexpr int kMaximumDepth = 250;

// `Py_BEGIN_ALLOW_THREADS` and other macros that are written as a statement of their own, often without a semicolon.
bool is_statement_macro(std::string_view name) {
    return is_upper_case(name.substr(0, 3) == "Py_" || name.substr(0, 3) == "Nb_" ? name.substr(3) : name);
}

class StatementParser {
  public:
    StatementParser(const Tree& tree, Function& function) : tree_(tree), nodes_(function.nodes), body_(function.body) {}

    void run() {
        uint32_t root = open(NodeKind::Block, {});
        at_ = body_.first;
        statements(body_.last, root);
        close(root);
    }

  private:
    std::string_view word(uint32_t index) const { return tree_.word(index); }
    uint32_t line(uint32_t index) const { return tree_.position(index).line; }

    uint32_t open(NodeKind kind, Range tokens, uint32_t parent = 0) {
        auto index = static_cast<uint32_t>(nodes_.size());
        nodes_.push_back({kind, index + 1, parent, tokens});
        return index;
    }

    void close(uint32_t node) { nodes_[node].end = static_cast<uint32_t>(nodes_.size()); }

    void leaf(NodeKind kind, Range tokens, uint32_t parent) { open(kind, tokens, parent); }

    void statements(uint32_t end, uint32_t parent) {
        while (at_ < end) {
            statement(end, parent);
        }
    }

    // Always moves at_ forward, and never past `end`.
    void statement(uint32_t end, uint32_t parent) {
        uint32_t before = at_;
        if (++depth_ > kMaximumDepth) {
            leaf(NodeKind::Expression, {at_, end}, parent);
            at_ = end;
        } else {
            dispatch(end, parent);
        }
        --depth_;
        at_ = std::min(std::max(at_, before + 1), end);
    }

    void dispatch(uint32_t end, uint32_t parent) {
        std::string_view w = word(at_);
        if (w == ";" || w == "}" || w == ")") {
            ++at_;
        } else if (w == "{") {
            block(NodeKind::Block, {}, parent);
        } else if (w == "if") {
            if_statement(end, parent);
        } else if (w == "for" || w == "while") {
            headed(NodeKind::Loop, end, parent);
        } else if (w == "switch") {
            headed(NodeKind::Switch, end, parent);
        } else if (w == "do") {
            do_loop(end, parent);
        } else if ((w == "try" || w == "catch") && tree_.is_keyword(w)) {
            try_block(parent);
        } else if (w == "case" || w == "default") {
            skip_case(end);
        } else if (!jump(w, end, parent) && !label(end, parent) && !macro_statement(end, parent)) {
            simple(end, parent);
        }
    }

    void block(NodeKind kind, Range head, uint32_t parent) {
        uint32_t node = open(kind, head, parent);
        uint32_t closing = tree_.after(at_) - 1;
        ++at_; // a brace that nothing closes is passed over
        if (closing >= at_) {
            statements(closing, node);
            at_ = closing + 1;
        }
        close(node);
    }

    // Reads the parenthesis that follows a keyword and returns what is inside.
    Range parenthesis(uint32_t end) {
        ++at_;
        while (at_ < end && (word(at_) == "constexpr" || (tree_.is_name(at_) && word(at_ + 1) == "("))) {
            ++at_; // `if constexpr (`, `if UNLIKELY(`
        }
        if (word(at_) != "(") {
            return {at_, at_};
        }
        Range inside{at_ + 1, tree_.after(at_) - 1};
        at_ = std::min(tree_.after(at_), end);
        return inside;
    }

    void if_statement(uint32_t end, uint32_t parent) {
        Range condition = parenthesis(end);
        uint32_t node = open(NodeKind::If, condition, parent);
        statement(end, node);
        if (at_ < end && word(at_) == "else") {
            ++at_;
            uint32_t otherwise = open(NodeKind::Else, {}, node);
            statement(end, otherwise);
            close(otherwise);
        }
        close(node);
    }

    void headed(NodeKind kind, uint32_t end, uint32_t parent) {
        Range head = parenthesis(end);
        uint32_t node = open(kind, head, parent);
        if (at_ < end) {
            statement(end, node);
        }
        close(node);
    }

    void do_loop(uint32_t end, uint32_t parent) {
        ++at_;
        uint32_t node = open(NodeKind::Loop, {}, parent);
        if (at_ < end) {
            statement(end, node);
        }
        if (at_ < end && word(at_) == "while") {
            nodes_[node].tokens = parenthesis(end);
        }
        close(node);
    }

    void try_block(uint32_t parent) {
        ++at_;
        Range head;
        if (word(at_) == "(") {
            head = {at_ + 1, tree_.after(at_) - 1};
            at_ = tree_.after(at_);
        }
        if (word(at_) == "{") {
            block(NodeKind::Try, head, parent);
        }
    }

    void skip_case(uint32_t end) { at_ = find_outside_brackets(tree_, {at_, end}, ":") + 1; }

    bool jump(std::string_view w, uint32_t end, uint32_t parent) {
        NodeKind kind;
        if (w == "return" || w == "co_return") {
            kind = NodeKind::Return;
        } else if (w == "goto") {
            kind = NodeKind::Goto;
        } else if (w == "break") {
            kind = NodeKind::Break;
        } else if (w == "continue") {
            kind = NodeKind::Continue;
        } else if (w == "throw" && tree_.is_keyword(w)) {
            kind = NodeKind::Throw;
        } else {
            return false;
        }
        uint32_t stop = find_outside_brackets(tree_, {at_, end}, ";");
        leaf(kind, {at_ + 1, stop}, parent);
        at_ = stop + 1;
        return true;
    }

    bool label(uint32_t end, uint32_t parent) {
        if (!tree_.is_name(at_) || at_ + 1 >= end || word(at_ + 1) != ":") {
            return false;
        }
        leaf(NodeKind::Label, {at_, at_ + 1}, parent);
        at_ += 2;
        return true;
    }

    // `Py_BEGIN_ALLOW_THREADS`, `FOR_EACH(x) { ... }`, `CHECK(x)`: a macro that no semicolon ends.
    bool macro_statement(uint32_t end, uint32_t parent) {
        if (!tree_.is_name(at_) || tree_.is_keyword(word(at_))) {
            return false;
        }
        bool called = word(at_ + 1) == "(";
        uint32_t next = called ? tree_.after(at_ + 1) : at_ + 1;
        Range whole{at_, std::min(next, end)};
        if (called && next < end && word(next) == "{") {
            at_ = next;
            block(NodeKind::Loop, whole, parent);
            return true;
        }
        if (!is_statement_macro(word(at_)) || next > end) {
            return false;
        }
        bool ends_line = next == end || (starts_statement(next) && line(next) > line(next - 1));
        if (!ends_line) {
            return false;
        }
        leaf(NodeKind::Expression, whole, parent);
        at_ = next;
        return true;
    }

    bool starts_statement(uint32_t index) const {
        return tree_.is_name(index) || word(index) == "{" || word(index) == "}" || word(index) == "*";
    }

    void simple(uint32_t end, uint32_t parent) {
        uint32_t stop = find_outside_brackets(tree_, {at_, end}, ";");
        Range whole{at_, stop};
        bool declares = tree_.is_name(at_) && word(at_ + 1) != "(" && !read_variables(tree_, whole).empty();
        leaf(declares ? NodeKind::Declaration : NodeKind::Expression, whole, parent);
        at_ = stop + 1;
    }

    const Tree& tree_;
    std::vector<Node>& nodes_;
    Range body_;
    uint32_t at_ = 0;
    int depth_ = 0;
};

} // namespace

void parse_statements(const Tree& tree, Function& function) {
    StatementParser(tree, function).run();
}

} // namespace ungil::scan
