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
    std::vector<std::string_view> parameters;
    std::vector<Token> body;
};

// `#include <path>` in a branch that the free-threaded build may compile.
struct Include {
    uint32_t offset;       // of the '#'
    std::string_view path; // without quotes or angle brackets
    uint32_t depth;        // how many #if enclose it
};

struct Preprocessed {
    std::vector<Include> includes;
    std::vector<Token> tokens; // what the free-threaded build may compile
    std::vector<uint32_t>
        partner; // of each bracket the index of its partner; of anything else, and of a lone bracket, its own
    std::unordered_map<std::string_view, Macro> macros;             // of several definitions the last
    std::vector<std::pair<std::string_view, Macro>> earlier_macros; // definitions that another branch replaced
    uint32_t excluded = 0; // tokens that the free-threaded build does not compile
    uint32_t unread = 0;   // tokens of alternatives that would break the bracket structure of the one that was read
};

// Keeps every branch that the free-threaded build may compile, as long as the brackets still match: of
// `#if A  f(int x) {  #else  f(void) {  #endif` only the first alternative is read.
Preprocessed preprocess(const Text& text, const Tokens& tokens, Language language);

} // namespace ungil::scan
