#pragma once

#include "scan/condition.hpp"

#include <unordered_map>

namespace ungil::scan {

// What a macro's body does to the control flow of whoever uses it.
struct Macro {
    bool function_like = false;
    bool returns = false;                // `return` or a Py_RETURN_ macro
    bool is_thread_local = false;        // one of its definitions means thread_local
    std::vector<std::string_view> words; // the names in its body
    Token name{};                        // where it is defined
    std::vector<std::string_view> parameters;
    std::vector<Token> body;
};

// `#include <path>` in a branch that the free-threaded build may compile.
struct Include {
    uint32_t offset;       // of the '#'
    std::string_view path; // without quotes or angle brackets
    uint32_t depth;        // how many #if enclose it
};

// One alternative of an #if group. Alternatives are numbered in source order, those that are not compiled included.
struct Branch {
    static constexpr uint32_t kNone = UINT32_MAX;

    Range tokens;               // of the output; empty when it is not compiled
    uint32_t line;              // offset of the condition's first character
    uint32_t end;               // and the one past its last; equal for #else
    bool negated = false;       // #ifndef
    bool defined = false;       // #ifdef, #ifndef: the condition is a name
    bool include_guard = false; // `#ifndef X` right before `#define X` says nothing
    uint32_t previous = kNone;  // the alternative before this one in its group
    uint32_t outer = kNone;     // the alternative that encloses the group
};

// A name in a branch that the free-threaded build does not compile.
struct CompiledOut {
    Token name;
    uint32_t branch;
};

// From the first byte of one token to the end of another.
struct Stretch {
    uint32_t first;
    uint32_t last;
};

struct Preprocessed {
    std::vector<Include> includes;
    std::vector<Token> tokens; // what the free-threaded build may compile
    std::vector<uint32_t>
        partner; // of each bracket the index of its partner; of anything else, and of a lone bracket, its own
    std::unordered_map<std::string_view, Macro> macros;             // of several definitions the last
    std::vector<std::pair<std::string_view, Macro>> earlier_macros; // definitions that another branch replaced
    std::vector<Branch> branches;
    std::vector<CompiledOut> compiled_out;           // in groups whose condition names Py_GIL_DISABLED
    std::vector<Stretch> excluded_text, unread_text; // where those tokens stand, in source order
    uint32_t lone_brackets = 0;                      // without a partner
    uint32_t excluded = 0;                           // tokens that the free-threaded build does not compile
    uint32_t unread = 0; // tokens of alternatives that would break the bracket structure of the one that was read
};

// Keeps every branch that the free-threaded build may compile, as long as the brackets still match: of
// `#if A  f(int x) {  #else  f(void) {  #endif` only the first alternative is read.
Preprocessed preprocess(const Text& text, const Tokens& tokens, Language language);

} // namespace ungil::scan
