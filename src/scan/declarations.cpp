#include "scan/declarator.hpp"
#include "scan/parser.hpp"
#include "scan/records.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// A parenthesis group that could hold a function's parameters: `name ( ... )`.
struct Group {
    uint32_t name; // the token before the parenthesis
    uint32_t open;
};

// What has been seen of one declaration, from its first token to the `;` or `{` that decides what it is.
struct Head {
    uint32_t first = 0;
    std::vector<Group> groups;
    uint32_t type_keyword = 0; // index + 1 of struct, class, union or enum
    uint32_t linkage = 0;      // index + 1 of `namespace`, or of `extern` before a string
    bool initialized = false;  // an `=` was seen
    bool typedef_ = false;
    bool operator_ = false;
};

// A class or struct body that is being read.
struct Scope {
    uint32_t close; // index of its closing brace
    std::string_view name;
    uint32_t record;  // index into Tree::records
    Range specifiers; // before its keyword
};

bool is_type_keyword(std::string_view word) {
    return word == "struct" || word == "class" || word == "union" || word == "enum";
}

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
            name(head, w);
        } else if (w == "(") {
            uint32_t name = head.initialized ? at_ : name_before(head, at_);
            if (name < at_) {
                head.groups.push_back({name, at_});
            }
            at_ = tree_.after(at_);
        } else if (w == "[") {
            at_ = tree_.after(at_);
        } else if (w == "=" && !head.operator_) {
            head.initialized = true;
            ++at_;
        } else if (w == ":" && !head.groups.empty() && !head.initialized && !is_type_body(head) &&
                   tree_.language == Language::Cxx) {
            member_initializers();
        } else if (w == ":" && head.groups.empty() && at_ == head.first + 1) { // `public:`
            head.first = ++at_;
        } else {
            ++at_;
        }
    }

    void name(Head& head, std::string_view w) {
        if (is_type_keyword(w) && head.type_keyword == 0) {
            head.type_keyword = at_ + 1;
        } else if (w == "namespace" || (w == "extern" && tree_.kind(at_ + 1) == TokenKind::String)) {
            head.linkage = at_ + 1;
        }
        head.typedef_ |= w == "typedef";
        head.operator_ |= w == "operator";
        ++at_;
        if (w == "template" && word(at_) == "<") {
            skip_template_parameters();
        }
    }

    // The token that names what the parenthesis at `open` follows: `f(`, `f<int>(`, `operator==(`; or `open` if none
    // does.
    uint32_t name_before(const Head& head, uint32_t open) const {
        for (uint32_t i = open; head.operator_ && i > head.first && open - i < 4; --i) {
            if (word(i - 1) == "operator") {
                return i - 1;
            }
        }
        uint32_t name = open > head.first ? open - 1 : open;
        int depth = 0;
        for (uint32_t i = open; word(name) == ">" && i > head.first && open - i < 100; --i) {
            depth += (word(i - 1) == ">") - (word(i - 1) == "<");
            if (depth == 0 && i - 1 > head.first) {
                name = i - 2;
            }
        }
        bool names = tree_.is_name(name) && !is_annotation(word(name)) && !tree_.is_keyword(word(name));
        return names ? name : open;
    }

    void skip_template_parameters() {
        int depth = 0;
        for (; at_ < last_; ++at_) {
            std::string_view w = word(at_);
            if (w == "(" || w == "[" || w == "{") {
                at_ = tree_.after(at_) - 1;
            }
            depth += (w == "<") - (w == ">");
            if (w == ";" || depth == 0) {
                break;
            }
        }
        at_ += word(at_) == ">";
    }

    // `: base(x), member{y}` up to the brace of the body: the brace that no name or `>` precedes.
    void member_initializers() {
        for (++at_; at_ < last_ && word(at_) != ";"; ++at_) {
            std::string_view w = word(at_);
            bool member = tree_.is_name(at_ - 1) || word(at_ - 1) == ">";
            if (w == "{" && !member) {
                return;
            }
            if (w == "(" || w == "{") {
                at_ = tree_.after(at_) - 1;
            }
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
        if (!head.initialized && !head.groups.empty()) {
            // Of `MACRO(x) type name(params)` the last group names the function.
            function(head, head.groups.back(), {open + 1, tree_.code.partner[open]});
            at_ = tree_.after(open);
            return true;
        }
        // `= {...}` and `type name{...};` are initializers.
        tree_.unclear += !head.initialized && (head.first == open || !tree_.is_name(open - 1));
        at_ = tree_.after(open);
        return false;
    }

    static bool is_type_body(const Head& head) {
        if (head.type_keyword == 0) {
            return false;
        }
        for (const Group& group : head.groups) {
            if (group.name > head.type_keyword) {
                return head.typedef_;
            }
        }
        return true;
    }

    // Methods are read as declarations of the class; an enumerator list is passed over.
    bool type_body(const Head& head, uint32_t open) {
        if (word(head.type_keyword - 1) == "enum") {
            at_ = tree_.after(open);
            return false;
        }
        std::string_view name = type_name(head, open);
        uint32_t record = open_record(tree_, {head.type_keyword, open}, name, open);
        scopes_.push_back({tree_.code.partner[open], name, record, {head.first, head.type_keyword - 1}});
        ++at_;
        return true;
    }

    std::string_view type_name(const Head& head, uint32_t open) const {
        std::string_view found;
        for (uint32_t i = head.type_keyword; i < open && word(i) != ":"; ++i) {
            if (tree_.is_name(i) && word(i) != "final" && !is_annotation(word(i))) {
                found = word(i);
            }
        }
        return found;
    }

    void leave(uint32_t close) {
        while (!scopes_.empty() && scopes_.back().close <= close) {
            Scope closed = scopes_.back();
            scopes_.pop_back();
            const uint32_t* enclosing = scopes_.empty() ? nullptr : &scopes_.back().record;
            close_record(tree_, closed.record, closed.close + 1, closed.specifiers, enclosing);
        }
    }

    void function(const Head& head, Group group, Range body) {
        Function f;
        f.name_token = group.name;
        f.name = word(group.name) == "operator" ? tree_.source({group.name, group.open}) : word(group.name);
        f.head = {head.first, body.first - 1};
        f.body = body;
        f.scope = enclosing_scope(group.name);
        for (uint32_t i = head.first; i < group.name; ++i) {
            f.is_static |= word(i) == "static";
        }
        f.parameters = read_parameters(tree_, {group.open + 1, tree_.code.partner[group.open]});
        tree_.functions.push_back(std::move(f));
    }

    std::string_view enclosing_scope(uint32_t name) const {
        if (name >= 2 && word(name - 1) == "::" && tree_.is_name(name - 2)) {
            return word(name - 2);
        }
        return scopes_.empty() || scopes_.back().close < name ? std::string_view() : scopes_.back().name;
    }

    // `int f(a, b) int a; char *b; {`: at the first `;`, with parameter declarations up to the brace.
    bool old_style_function(const Head& head) {
        if (tree_.language != Language::C || head.groups.empty() || head.initialized || head.typedef_) {
            return false;
        }
        Group group = head.groups.back();
        uint32_t after_parameters = tree_.after(group.open);
        if (group.name == head.first || !tree_.is_name(after_parameters) || is_annotation(word(after_parameters))) {
            return false;
        }
        uint32_t i = at_;
        for (uint32_t declared = 0; declared < 32 && i < last_; ++declared) {
            uint32_t next = i + 1;
            if (word(next) == "{") {
                function(head, group, {next + 1, tree_.code.partner[next]});
                at_ = tree_.after(next);
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
        bool prototype = !head.groups.empty() && !head.initialized;
        if (head.typedef_ || prototype || word(head.first) == "using" || word(head.first) == "return") {
            return;
        }
        for (Variable& variable : read_variables(tree_, {head.first, at_})) {
            if (scopes_.empty() || variable.storage == Storage::Static) {
                tree_.globals.push_back(variable);
            }
        }
        if (!scopes_.empty()) {
            add_members(tree_, scopes_.back().record, {head.first, at_});
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
