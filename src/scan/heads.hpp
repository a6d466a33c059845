#pragma once

#include "scan/syntax.hpp"

namespace ungil::scan {

// The name and the parameter list of what may be a function.
struct Candidate {
    uint32_t name = 0;
    uint32_t open = 0; // of the parameters
};

// What has been seen of one declaration, from its first token to the `;` or `{` that decides what it is.
struct Head {
    uint32_t first = 0;
    Candidate function;       // what the parentheses seen so far say; open is 0 before the first
    bool typed = false;       // a type stands before that function: it is no macro that may give the type of the next
    bool initialized = false; // an `=` was seen
    bool trailing = false;    // the `->` of a trailing return type was seen
    bool typedef_ = false;
    bool compares = false;     // a `<` that nothing closes was seen
    uint32_t words = 0;        // that may be a type or a name, since the last parameter list
    uint32_t type_keyword = 0; // index + 1 of struct, class, union or enum
    uint32_t linkage = 0;      // index + 1 of `namespace`, or of `extern` before a string

    bool has_parameters() const { return function.open != 0; }
};

// Takes the name or keyword at `at` into account, and returns the index after it and after what belongs to it alone:
// template parameters, the symbol of an operator, the braces of a requirement.
uint32_t read_word(const Tree& tree, Head& head, uint32_t at);

// One past the template arguments that the `<` at `at` opens; one past the `<` alone if nothing closes it.
uint32_t after_template_arguments(const Tree& tree, Head& head, uint32_t at);

// Takes the parenthesis at `open` into account: `f(`, `f<int>(`, `(f)(`, `WRAPPER(f)(`. `scope` is the enclosing class.
void read_parenthesis(const Tree& tree, Head& head, uint32_t open, std::string_view scope);

// Is the brace that comes next the body of the struct, class, union or enum of this head?
bool is_type_body(const Head& head);

// `class EXPORT(x) Name<int> final : Base {` is Name.
std::string_view type_name(const Tree& tree, const Head& head, uint32_t open);

// The class in `Class::name` or `Class<T>::name`; empty if nothing qualifies the name.
std::string_view qualifier(const Tree& tree, uint32_t name);

// One past `: base(x), member{y}`: the brace of the body, which no name or `>` precedes, or a `;`.
uint32_t after_member_initializers(const Tree& tree, uint32_t colon);

} // namespace ungil::scan
