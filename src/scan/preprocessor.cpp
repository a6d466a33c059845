#include "scan/preprocessor.hpp"

#include <algorithm>
#include <utility>

namespace ungil::scan {
namespace {

// Of the names in a macro's earlier definitions, which a hostile file may pile up without end.
constexpr size_t kMostWords = 256;

char bracket(const Text& text, Token token) {
    if (token.kind != TokenKind::Punctuator || token.length != 1) {
        return '\0';
    }
    char c = text.all()[token.offset];
    return c == '(' || c == ')' || c == '{' || c == '}' || c == '[' || c == ']' ? c : '\0';
}

// One alternative of an #if group, as it stands in the output.
struct Alternative {
    uint32_t first;
    uint32_t last;
    int depth_change;
    bool whole; // its brackets match within it and it ends where a statement or a list item may end
};

// One open #if group.
struct Group {
    std::vector<Alternative> alternatives;
    uint32_t start = 0; // of the alternative that is being read
    int start_depth = 0;
    int lowest_depth = 0;       // since the start
    int entry_depth = 0;        // when the group began
    Truth taken = Truth::False; // has an earlier alternative been chosen for certain?
    bool reading = false;
    bool outer_reading = true;
    uint32_t branch = Branch::kNone; // that is being read
    uint32_t outer_branch = Branch::kNone;
    bool about_gil = false;   // a condition names Py_GIL_DISABLED
    bool at_boundary = false; // the group begins where a statement or a list item may begin
};

class Preprocessor {
  public:
    Preprocessor(const Text& text, const Tokens& in, Language language) : text_(text), in_(in), language_(language) {
        out_.tokens.reserve(in.stream.size());
    }

    Preprocessed run() {
        uint32_t at = 0;
        for (const Directive& directive : in_.directives) {
            copy({at, directive.position});
            at = directive.position;
            handle(directive);
        }
        copy({at, static_cast<uint32_t>(in_.stream.size())});
        while (!groups_.empty()) {
            close_group(); // an #if that nobody closed
        }
        match_brackets();
        return std::move(out_);
    }

  private:
    bool reading() const { return groups_.empty() || groups_.back().reading; }

    void copy(Range range) {
        if (!reading()) {
            return leave_out(range);
        }
        for (uint32_t i = range.first; i < range.last; ++i) {
            Token token = in_.stream[i];
            char c = bracket(text_, token);
            if (c != '\0') {
                move_depth(c == '(' || c == '{' || c == '[' ? 1 : -1);
            }
            out_.tokens.push_back(token);
        }
    }

    void leave_out(Range range) {
        out_.excluded += range.size();
        pass_over(out_.excluded_text, in_.stream, range);
        if (!groups_.back().about_gil) {
            return;
        }
        for (uint32_t i = range.first; i < range.last; ++i) {
            if (in_.stream[i].kind == TokenKind::Identifier) {
                out_.compiled_out.push_back({in_.stream[i], groups_.back().branch});
            }
        }
    }

    static void pass_over(std::vector<Stretch>& into, const std::vector<Token>& tokens, Range range) {
        if (!range.empty()) {
            const Token& last = tokens[range.last - 1];
            into.push_back({tokens[range.first].offset, last.offset + last.length});
        }
    }

    void move_depth(int by) {
        depth_ += by;
        if (!groups_.empty()) {
            groups_.back().lowest_depth = std::min(groups_.back().lowest_depth, depth_);
        }
    }

    void handle(const Directive& directive) {
        std::string_view name = text_.at(in_.directive_tokens[directive.body.first]);
        if (name == "if" || name == "ifdef" || name == "ifndef") {
            open_group(evaluate(text_, in_.directive_tokens, directive.body, language_), directive.body);
        } else if (name == "elif" || name == "elifdef" || name == "elifndef") {
            next_alternative(evaluate(text_, in_.directive_tokens, directive.body, language_), directive.body);
        } else if (name == "else") {
            next_alternative(Truth::True, directive.body);
        } else if (name == "endif" && !groups_.empty()) {
            close_group();
        } else if (name == "define" && reading()) {
            define(directive.body);
        } else if (name == "include" && reading()) {
            include(directive);
        }
    }

    void include(const Directive& directive) {
        if (directive.body.size() < 2) {
            return;
        }
        Token first = in_.directive_tokens[directive.body.first + 1];
        Token last = in_.directive_tokens[directive.body.last - 1];
        std::string_view path = text_.all().substr(first.offset, last.offset + last.length - first.offset);
        if (path.size() > 2) {
            auto depth = static_cast<uint32_t>(groups_.size());
            out_.includes.push_back({directive.offset, path.substr(1, path.size() - 2), depth});
        }
    }

    void open_group(Truth truth, Range directive) {
        Group group;
        if (!groups_.empty()) {
            group.outer_branch = groups_.back().branch;
            group.about_gil = groups_.back().about_gil;
        }
        group.outer_reading = reading();
        group.entry_depth = depth_;
        group.at_boundary = boundary(static_cast<uint32_t>(out_.tokens.size()), true);
        groups_.push_back(std::move(group));
        start_alternative(truth, directive);
    }

    void start_alternative(Truth truth, Range directive) {
        Group& group = groups_.back();
        note_branch(group, directive);
        group.reading = group.outer_reading && group.taken != Truth::True && truth != Truth::False;
        if (truth == Truth::True) {
            group.taken = Truth::True;
        }
        group.start = static_cast<uint32_t>(out_.tokens.size());
        group.start_depth = group.lowest_depth = depth_;
    }

    void end_alternative() {
        Group& group = groups_.back();
        auto end = static_cast<uint32_t>(out_.tokens.size());
        out_.branches[group.branch].tokens.last = end;
        if (group.reading && end > group.start) {
            int change = depth_ - group.start_depth;
            bool whole = change == 0 && group.lowest_depth >= group.start_depth && boundary(end, false);
            group.alternatives.push_back({group.start, end, change, whole});
        }
        group.reading = false;
    }

    void note_branch(Group& group, Range directive) {
        Branch branch;
        std::string_view word = text_.at(in_.directive_tokens[directive.first]);
        uint32_t first = std::min(directive.first + 1, directive.last - 1);
        branch.line = in_.directive_tokens[first].offset;
        branch.end = branch.line;
        if (directive.size() > 1 && word != "else") {
            Token last = in_.directive_tokens[directive.last - 1];
            branch.end = last.offset + last.length;
        }
        branch.negated = word == "ifndef" || word == "elifndef";
        branch.defined = branch.negated || word == "ifdef" || word == "elifdef";
        branch.previous = group.branch;
        branch.outer = group.outer_branch;
        auto start = static_cast<uint32_t>(out_.tokens.size());
        branch.tokens = {start, start};
        for (uint32_t i = first; i < directive.last && !group.about_gil; ++i) {
            group.about_gil = text_.at(in_.directive_tokens[i]) == "Py_GIL_DISABLED";
        }
        group.branch = static_cast<uint32_t>(out_.branches.size());
        out_.branches.push_back(branch);
    }

    void next_alternative(Truth truth, Range directive) {
        if (groups_.empty()) {
            return;
        }
        end_alternative();
        depth_ = groups_.back().entry_depth;
        start_alternative(truth, directive);
    }

    // Both alternatives stay when each could stand alone; otherwise they say one thing in two ways, and the first is
    // read.
    void close_group() {
        end_alternative();
        Group group = std::move(groups_.back());
        groups_.pop_back();
        depth_ = group.entry_depth;
        const auto& all = group.alternatives;
        bool keep_all = group.at_boundary && std::all_of(all.begin(), all.end(), [](auto& a) { return a.whole; });
        if (all.size() > 1 && !keep_all) {
            out_.unread += all.back().last - all.front().last;
            pass_over(out_.unread_text, out_.tokens, {all.front().last, all.back().last});
            out_.tokens.resize(all.front().last);
            shorten_branches(all.front().last);
        }
        if (!all.empty() && !keep_all) {
            depth_ += all.front().depth_change;
        }
        if (!groups_.empty()) {
            groups_.back().lowest_depth = std::min({groups_.back().lowest_depth, group.lowest_depth, depth_});
        }
    }

    // What was read of the later alternatives, and of the groups in them, is gone.
    void shorten_branches(uint32_t end) {
        for (size_t b = out_.branches.size(); b-- > 0 && out_.branches[b].tokens.first >= end;) {
            out_.branches[b].tokens = {end, end};
        }
    }

    // May a statement or a list item end (or begin) right before output token `index`?
    bool boundary(uint32_t index, bool begins) const {
        if (index == 0) {
            return true;
        }
        Token token = out_.tokens[index - 1];
        std::string_view last = text_.at(token);
        if (token.kind == TokenKind::Punctuator) {
            return last == ";" || last == "}" || last == "," || (begins && (last == "{" || last == ":"));
        }
        return false;
    }

    void define(Range body) {
        if (body.size() < 2) {
            return;
        }
        Token name = in_.directive_tokens[body.first + 1];
        note_include_guard(name);
        Macro macro;
        for (uint32_t i = body.first + 2; i < body.last; ++i) {
            Token token = in_.directive_tokens[i];
            std::string_view word = text_.at(token);
            if (i == body.first + 2 && word == "(" && token.offset == name.offset + name.length) {
                macro.function_like = true;
            }
            macro.returns |= word == "return" || word.substr(0, 10) == "Py_RETURN_";
            if (token.kind == TokenKind::Identifier) {
                macro.words.push_back(word);
                macro.is_thread_local |= word == "thread_local" || word == "_Thread_local" || word == "__thread" ||
                                         (word == "thread" && macro.words.front() == "__declspec");
            }
        }
        macro.name = name;
        separate_parameters(body, macro);
        keep(text_.at(name), std::move(macro));
    }

    // `#ifndef NAME_H` and `#define NAME_H` with nothing between them.
    void note_include_guard(Token name) {
        if (groups_.size() == 1 && groups_.back().branch == out_.branches.size() - 1) {
            Branch& branch = out_.branches.back();
            bool first = branch.negated && branch.tokens.first == out_.tokens.size();
            branch.include_guard |=
                first && text_.all().substr(branch.line, branch.end - branch.line) == text_.at(name);
        }
    }

    // Alternatives that only the build can choose between: the last one's body, and what any of them may do.
    void keep(std::string_view name, Macro macro) {
        auto [known, added] = out_.macros.try_emplace(name, std::move(macro));
        if (!added) {
            const Macro& earlier = known->second;
            macro.function_like |= earlier.function_like;
            macro.returns |= earlier.returns;
            macro.is_thread_local |= earlier.is_thread_local; // a compiler without it has an empty one
            auto last = earlier.words.begin() + static_cast<std::ptrdiff_t>(std::min(earlier.words.size(), kMostWords));
            macro.words.insert(macro.words.end(), earlier.words.begin(), last);
            out_.earlier_macros.emplace_back(known->first, std::exchange(known->second, std::move(macro)));
        }
    }

    void separate_parameters(Range definition, Macro& macro) const {
        uint32_t at = definition.first + 2;
        for (bool more = macro.function_like; more && at < definition.last; ++at) {
            std::string_view word = text_.at(in_.directive_tokens[at]);
            if (in_.directive_tokens[at].kind == TokenKind::Identifier || word == "...") {
                macro.parameters.push_back(word == "..." ? "__VA_ARGS__" : word);
            }
            more = word != ")";
        }
        auto tokens = in_.directive_tokens.begin();
        macro.body.assign(tokens + std::min(at, definition.last), tokens + definition.last);
    }

    void match_brackets() {
        const auto& tokens = out_.tokens;
        out_.partner.resize(tokens.size());
        std::vector<std::pair<char, uint32_t>> open;
        for (uint32_t i = 0; i < tokens.size(); ++i) {
            out_.partner[i] = i;
            char c = bracket(text_, tokens[i]);
            if (c == '(' || c == '{' || c == '[') {
                open.emplace_back(c, i);
            } else if (c != '\0') {
                close_bracket(open, c, i);
            }
        }
        out_.lone_brackets += static_cast<uint32_t>(open.size());
    }

    // A brace outranks what is still open inside it: `f(a; }` loses its parenthesis, not the rest of the file.
    void close_bracket(std::vector<std::pair<char, uint32_t>>& open, char close, uint32_t index) {
        char wanted = close == ')' ? '(' : close == '}' ? '{' : '[';
        while (close == '}' && !open.empty() && open.back().first != '{') {
            open.pop_back();
            ++out_.lone_brackets;
        }
        if (open.empty() || open.back().first != wanted) {
            ++out_.lone_brackets;
            return;
        }
        out_.partner[index] = open.back().second;
        out_.partner[open.back().second] = index;
        open.pop_back();
    }

    const Text& text_;
    const Tokens& in_;
    Language language_;
    Preprocessed out_;
    std::vector<Group> groups_;
    int depth_ = 0;
};

} // namespace

Preprocessed preprocess(const Text& text, const Tokens& tokens, Language language) {
    return Preprocessor(text, tokens, language).run();
}

} // namespace ungil::scan
