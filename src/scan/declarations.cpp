#include "scan/declarator.hpp"
#include "scan/heads.hpp"
#include "scan/parser.hpp"
#include "scan/records.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// A class or struct body that is being read.
struct Scope {
    uint32_t close; // index of its closing brace
    std::string_view name;
    uint32_t record;  // index into Tree::records
    Range specifiers; // before its keyword
};

class DeclarationParser {
  public:
    explicit DeclarationParser(Tree& tree) : tree_(tree), last_(static_cast<uint32_t>(tree.code.tokens.size())) {}

    void run() {
        while (at_ < last_) {
            declaration();
        }
    }

  private:
    std::string_view word(uint32_t index) const { return tree_.word(index); }

    void declaration() {
        Head head;
        head.first = at_;
        while (at_ < last_) {
            std::string_view w = word(at_);
            if (w == ";") {
                if (old_style_function(head)) {
                    return;
                }
                variables(head);
                ++at_;
                return;
            }
            if (w == "}") { // of a namespace, of a class (its declarators follow) or a stray one
                leave(at_++);
                return;
            }
            if (w == "{") {
                if (brace(head)) {
                    return;
                }
            } else {
                step(head, w);
            }
        }
    }

    void step(Head& head, std::string_view w) {
        if (tree_.is_name(at_)) {
            at_ = read_word(tree_, head, at_);
        } else if (w == "(") {
            read_parenthesis(tree_, head, at_, scopes_.empty() ? std::string_view() : scopes_.back().name);
            at_ = tree_.after(at_);
        } else if (w == "[") {
            at_ = tree_.after(at_);
        } else if (w == "<") {
            at_ = after_template_arguments(tree_, head, at_);
        } else if (w == ":" && head.has_parameters() && !head.initialized && !is_type_body(head) &&
                   tree_.language == Language::Cxx) {
            at_ = after_member_initializers(tree_, at_);
        } else if (w == ":" && !head.has_parameters() && at_ == head.first + 1) { // `public:`
            head.first = ++at_;
        } else {
            head.initialized |= w == "=";
            head.trailing |= w == "->" && head.has_parameters();
            ++at_;
        }
    }

    // Decides what an opening brace opens. True when the declaration is over.
    bool brace(Head& head) {
        uint32_t open = at_;
        if (head.linkage != 0 && (word(head.linkage - 1) == "namespace" || tree_.kind(open - 1) == TokenKind::String)) {
            ++at_;
            return true;
        }
        if (!head.initialized && is_type_body(head)) {
            return type_body(head, open);
        }
        if (!head.initialized && head.has_parameters()) {
            function_body(head, head.function);
            return true;
        }
        if (head.first + 1 == open && tree_.is_name(head.first)) {
            return macro_body(head);
        }
        at_ = tree_.after(open); // `= {...}` and `type name{...};` are initializers
        if (!head.initialized && !is_initializer(head, open)) {
            ++tree_.unclear;
            tree_.unclear_tokens += at_ - open;
        }
        return false;
    }

    bool is_initializer(const Head& head, uint32_t open) const {
        std::string_view next = word(at_);
        bool named = open > head.first + 1 && (tree_.is_name(open - 1) || word(open - 1) == "]");
        return named && (next == ";" || next == ",");
    }

    // `BEGIN_NAMESPACE {` or `DEFINE_MAIN {`: the first holds declarations, the second is a function that its macro names.
    bool macro_body(const Head& head) {
        if (holds_statements({at_ + 1, tree_.code.partner[at_]})) {
            function_body(head, {head.first, 0});
        } else {
            ++at_;
        }
        return true;
    }

    bool holds_statements(Range body) const {
        constexpr uint32_t kEnough = 500; // tokens tell one from the other
        uint32_t last = std::min(body.last, body.first + kEnough);
        for (uint32_t i = body.first; i < last; i = tree_.after(i)) {
            std::string_view w = word(i);
            if (w == "return" || w == "if" || w == "for" || w == "while" || w == "switch" || w == "goto") {
                return true;
            }
        }
        return false;
    }

    // Methods are read as declarations of the class; an enumerator list is passed over.
    bool type_body(const Head& head, uint32_t open) {
        if (word(head.type_keyword - 1) == "enum") {
            at_ = tree_.after(open);
            return false;
        }
        std::string_view name = type_name(tree_, head, open);
        uint32_t record = open_record(tree_, {head.type_keyword, open}, name, open);
        scopes_.push_back({tree_.code.partner[open], name, record, {head.first, head.type_keyword - 1}});
        ++at_;
        return true;
    }

    void leave(uint32_t close) {
        while (!scopes_.empty() && scopes_.back().close <= close) {
            Scope closed = scopes_.back();
            scopes_.pop_back();
            const uint32_t* enclosing = scopes_.empty() ? nullptr : &scopes_.back().record;
            close_record(tree_, closed.record, closed.close + 1, closed.specifiers, enclosing);
        }
    }

    // Reads the function whose body opens here, with the handlers of a function-try-block.
    void function_body(const Head& head, Candidate declared) {
        Range body{at_ + 1, tree_.code.partner[at_]};
        at_ = tree_.after(at_);
        while (tree_.language == Language::Cxx && word(at_) == "catch" && word(tree_.after(at_ + 1)) == "{") {
            uint32_t open = tree_.after(at_ + 1);
            body.last = tree_.code.partner[open];
            at_ = tree_.after(open);
        }
        function(head, declared, body);
    }

    void function(const Head& head, Candidate declared, Range body) {
        Function f;
        bool destroys = word(declared.name) == "~";
        bool written_out = destroys || word(declared.name) == "operator";
        f.name_token = declared.name + destroys;
        f.name = written_out ? tree_.source({declared.name, declared.open}) : word(declared.name);
        f.head = {head.first, body.first - 1};
        f.body = body;
        f.scope = enclosing_scope(declared.name);
        for (uint32_t i = head.first; i < declared.name; ++i) {
            f.is_static |= word(i) == "static";
        }
        if (declared.open != 0) {
            f.parameters = read_parameters(tree_, {declared.open + 1, tree_.code.partner[declared.open]});
        }
        tree_.functions.push_back(std::move(f));
    }

    std::string_view enclosing_scope(uint32_t name) const {
        std::string_view qualified = qualifier(tree_, name);
        if (!qualified.empty()) {
            return qualified;
        }
        return scopes_.empty() || scopes_.back().close < name ? std::string_view() : scopes_.back().name;
    }

    // `int f(a, b) int a; char *b; {`: at the first `;`, with parameter declarations up to the brace.
    bool old_style_function(const Head& head) {
        if (tree_.language != Language::C || !head.has_parameters() || head.initialized || head.typedef_) {
            return false;
        }
        uint32_t after_parameters = tree_.after(head.function.open);
        if (!tree_.is_name(after_parameters) || is_annotation(word(after_parameters))) {
            return false;
        }
        uint32_t i = at_;
        for (uint32_t declared = 0; declared < 32 && i < last_; ++declared) {
            uint32_t next = i + 1;
            if (word(next) == "{") {
                at_ = next;
                function_body(head, head.function);
                return true;
            }
            for (i = next; i < last_ && word(i) != ";" && word(i) != "{" && word(i) != "}" && word(i) != "=";) {
                ++i;
            }
            if (word(i) != ";") {
                return false;
            }
        }
        return false;
    }

    void variables(const Head& head) {
        Range declared{head.first, at_};
        if (head.has_parameters() && !head.typed && head.function.name == head.first) {
            declared.first = tree_.after(head.function.open); // `MACRO(x)` without a semicolon, then perhaps a variable
        } else if (head.has_parameters() && !head.initialized) {
            return; // a prototype
        }
        if (head.typedef_ || word(declared.first) == "using" || word(declared.first) == "return") {
            return;
        }
        for (Variable& variable : read_variables(tree_, declared)) {
            if (scopes_.empty() || variable.storage == Storage::Static) {
                tree_.globals.push_back(variable);
            }
        }
        if (!scopes_.empty()) {
            add_members(tree_, scopes_.back().record, declared);
        }
    }

    Tree& tree_;
    uint32_t at_ = 0;
    uint32_t last_;
    std::vector<Scope> scopes_;
};

} // namespace

void parse_declarations(Tree& tree) {
    DeclarationParser(tree).run();
}

} // namespace ungil::scan
