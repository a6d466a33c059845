#include "scan/regions.hpp"

namespace ungil::scan {

bool leaves_function(const Tree& tree, std::string_view word) {
    if (word == "return" || word == "goto" || word.substr(0, 10) == "Py_RETURN_") {
        return true;
    }
    auto macro = tree.code.macros.find(word);
    return macro != tree.code.macros.end() && macro->second.returns;
}

bool is_jump(std::string_view word) {
    return word == "return" || word == "goto" || word == "break" || word == "continue" || word == "throw" ||
           word.substr(0, 10) == "Py_RETURN_";
}

bool stays_detached(const Tree& tree, Range body, const ThreadStates& states, std::string_view label) {
    for (uint32_t i = body.first + 1; i + 1 < body.last; ++i) {
        if (tree.is_name(i) && tree.word(i + 1) == ":" && tree.word(i) == label) {
            return ThreadStates::at(states.detached, i) != nullptr;
        }
    }
    return false;
}

bool is_lambda(const Tree& tree, uint32_t open) {
    for (uint32_t i = open, steps = 0; i-- > 0 && steps < 12; ++steps) {
        std::string_view word = tree.word(i);
        if (word == ")") {
            uint32_t parenthesis = tree.code.partner[i];
            return parenthesis > 0 && parenthesis < i && tree.word(parenthesis - 1) == "]";
        }
        if (word == "]") {
            return true;
        }
        if (!tree.is_name(i) && word != "->" && word != "::" && word != "*" && word != "&" && word != "<" &&
            word != ">") {
            return false;
        }
    }
    return false;
}

} // namespace ungil::scan
