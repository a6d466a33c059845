#include "scan/declarator.hpp"

#include "scan/words.hpp"

namespace ungil::scan {
namespace {

bool is_opening(std::string_view word) {
    return word == "(" || word == "[" || word == "{";
}

// Words that may precede a type without being one.
bool is_specifier(std::string_view word) {
    return is_one_of(word, {"static",     "extern",    "const",        "volatile",      "register", "inline",
                            "constexpr",  "constinit", "thread_local", "_Thread_local", "__thread", "mutable",
                            "typename",   "struct",    "union",        "enum",          "class",    "restrict",
                            "__restrict", "_Atomic",   "__inline",     "__extension__"});
}

bool is_arithmetic(std::string_view word) {
    return is_one_of(word, {"unsigned", "signed", "long", "short", "int", "char", "double", "float", "void", "bool"});
}

class DeclarationReader {
  public:
    DeclarationReader(const Tree& tree, Range range) : tree_(tree), range_(range), at_(range.first) {}

    std::vector<Variable> run() { return read_type() ? declarators() : std::vector<Variable>(); }

    // The type is known already: a struct's body stands before the declarators.
    std::vector<Variable> run_after(Range specifiers, std::string_view type) {
        for (uint32_t i = specifiers.first; i < specifiers.last; ++i) {
            note_specifier(tree_.word(i));
        }
        base_.specifiers = specifiers;
        base_.type = type;
        return declarators();
    }

  private:
    std::vector<Variable> declarators() {
        std::vector<Variable> found;
        do {
            Variable variable = base_;
            if (!read_declarator(variable)) {
                break;
            }
            found.push_back(variable);
        } while (accept(","));
        return found;
    }

    std::string_view word() const { return at_ < range_.last ? tree_.word(at_) : std::string_view(); }

    bool accept(std::string_view wanted) {
        bool found = word() == wanted;
        at_ += found;
        return found;
    }

    bool read_type() {
        bool typed = false;
        while (at_ < range_.last && tree_.is_name(at_)) {
            std::string_view name = word();
            if (is_annotation(name)) {
                skip_attribute();
            } else if (is_specifier(name)) {
                note_specifier(name);
                ++at_;
            } else if (name == "using" || (tree_.is_keyword(name) && !is_arithmetic(name) && name != "auto")) {
                return false;
            } else if (!typed || is_arithmetic(name) || begins_type(at_)) {
                read_type_name();
                typed = true;
            } else {
                break; // the declared name
            }
        }
        base_.specifiers = {range_.first, at_};
        return typed;
    }

    // `THREAD_LOCAL node *head`: after two names, a star or another name shows that the first was a macro.
    bool begins_type(uint32_t name) const {
        std::string_view next = name + 1 < range_.last ? tree_.word(name + 1) : std::string_view();
        return next == "*" || (tree_.is_name(name + 1) && !is_annotation(next) && !tree_.is_keyword(next));
    }

    void skip_attribute() {
        ++at_;
        if (word() == "(") {
            at_ = tree_.after(at_);
        }
    }

    void note_specifier(std::string_view name) {
        if (name == "static" && base_.storage == Storage::Automatic) {
            base_.storage = Storage::Static;
        } else if (name == "extern") {
            base_.storage = Storage::Extern;
        } else if (is_one_of(name, {"thread_local", "_Thread_local", "__thread"})) {
            base_.storage = Storage::ThreadLocal;
        }
        base_.is_const |= name == "const" || name == "constexpr";
        base_.is_mutable |= name == "mutable";
    }

    void read_type_name() {
        base_.type = word();
        ++at_;
        for (;;) {
            if (word() == "<") {
                skip_template_arguments();
            }
            if (word() != "::" || !tree_.is_name(at_ + 1)) {
                return;
            }
            base_.type = tree_.word(at_ + 1);
            at_ += 2;
        }
    }

    void skip_template_arguments() {
        int depth = 0;
        for (; at_ < range_.last; ++at_) {
            std::string_view w = word();
            depth += (w == "<") - (w == ">");
            if (is_opening(w)) {
                at_ = tree_.after(at_) - 1;
            }
            if (w == ";" || (w == ">" && depth == 0)) {
                break;
            }
        }
        accept(">");
    }

    bool read_declarator(Variable& variable) {
        while (at_ < range_.last &&
               is_one_of(word(), {"*", "&", "&&", "const", "volatile", "restrict", "__restrict"})) {
            variable.pointers += word() == "*";
            if (word() == "*" || word() == "const") { // what stands left of the star is const for the target only
                variable.is_const = word() == "const";
            }
            ++at_;
        }
        if (!tree_.is_name(at_) || at_ >= range_.last || tree_.is_keyword(word())) {
            return false;
        }
        variable.name = word();
        variable.token = at_++;
        while (word() == "[") {
            variable.is_array = true;
            at_ = tree_.after(at_);
        }
        if (tree_.is_name(at_) && word() == "__attribute__") {
            skip_attribute();
        }
        return read_initializer(variable);
    }

    bool read_initializer(Variable& variable) {
        uint32_t end = find_outside_brackets(tree_, {at_, range_.last}, ",");
        if (at_ == end) {
            return true;
        }
        if (word() == "=") {
            variable.initializer = {at_ + 1, end};
        } else if (word() == "(" || word() == "{" || word() == ":") { // `: 3` is a bit field
            variable.initializer = {at_, end};
        } else {
            return false;
        }
        at_ = end;
        return true;
    }

    const Tree& tree_;
    Range range_;
    uint32_t at_;
    Variable base_;
};

Parameter read_parameter(const Tree& tree, Range range) {
    uint32_t end = find_outside_brackets(tree, range, "=");
    Parameter parameter;
    for (uint32_t i = range.first; i < end; ++i) {
        if (is_opening(tree.word(i))) {
            bool function_pointer = tree.word(i + 1) == "*" && tree.is_name(i + 2);
            if (function_pointer && parameter.name.empty()) {
                parameter.name = tree.word(i + 2);
            }
            i = tree.after(i) - 1;
        } else if (tree.is_name(i) && !is_specifier(tree.word(i))) {
            parameter.type = parameter.name.empty() ? tree.word(i) : parameter.name;
            parameter.name = tree.word(i);
        }
    }
    return parameter;
}

} // namespace

bool is_annotation(std::string_view word) {
    return word == "__attribute__" || word == "__declspec" || word == "noexcept" || word == "throw" ||
           word == "alignas" || word == "_Alignas" || word == "requires" || word == "decltype" || word == "explicit" ||
           word == "__asm__" || word == "asm" || word == "sizeof" || word == "typeof" || word == "__typeof__";
}

uint32_t find_outside_brackets(const Tree& tree, Range range, std::string_view separator) {
    bool single = separator.size() == 1;
    for (uint32_t i = range.first; i < range.last; ++i) {
        char c = tree.punctuator(i);
        if (single ? c == separator[0] : tree.word(i) == separator) {
            return i;
        }
        if (c == '(' || c == '[' || c == '{') {
            i = tree.after(i) - 1;
        }
    }
    return range.last;
}

std::vector<Range> split(const Tree& tree, Range range, std::string_view separator) {
    std::vector<Range> pieces;
    while (range.first < range.last) {
        uint32_t end = find_outside_brackets(tree, range, separator);
        pieces.push_back({range.first, end});
        range.first = end + 1;
    }
    return pieces;
}

std::vector<Variable> read_variables(const Tree& tree, Range tokens) {
    return DeclarationReader(tree, tokens).run();
}

std::vector<Variable> read_variables_after(const Tree& tree, Range tokens, Range specifiers, std::string_view type) {
    return DeclarationReader(tree, tokens).run_after(specifiers, type);
}

std::vector<Parameter> read_parameters(const Tree& tree, Range tokens) {
    std::vector<Parameter> parameters;
    for (Range piece : split(tree, tokens, ",")) {
        parameters.push_back(read_parameter(tree, piece));
    }
    if (parameters.size() == 1 && parameters[0].name == "void") {
        parameters.clear();
    }
    return parameters;
}

} // namespace ungil::scan
