#include "scan/lock_operand.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

constexpr size_t kMaximumOperand = 40; // words that name a lock

} // namespace

bool is_name(std::string_view word) {
    return !word.empty() && (word[0] == '_' || ((word[0] | 32) >= 'a' && (word[0] | 32) <= 'z'));
}

uint32_t closing(const Words& words, uint32_t open) {
    int depth = 0;
    for (uint32_t i = open; i < words.size(); ++i) {
        depth += words[i] == "(" || words[i] == "[" || words[i] == "{";
        depth -= words[i] == ")" || words[i] == "]" || words[i] == "}";
        if (depth == 0) {
            return i;
        }
    }
    return static_cast<uint32_t>(words.size());
}

std::vector<Range> arguments(const Words& words, uint32_t open) {
    std::vector<Range> found;
    uint32_t close = closing(words, open), first = open + 1;
    int depth = 0;
    for (uint32_t i = first; i <= close && i < words.size(); ++i) {
        if ((depth == 0 && words[i] == ",") || i == close) {
            found.push_back({first, i});
            first = i + 1;
        }
        depth += words[i] == "(" || words[i] == "[" || words[i] == "{";
        depth -= words[i] == ")" || words[i] == "]" || words[i] == "}";
    }
    return found;
}

std::string lock_name(const Words& words) {
    std::string name;
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        bool cast = word == "*" && i + 1 < words.size() && words[i + 1] == ")";
        if (cast && !name.empty()) {
            name.clear(); // the type of a cast
        } else if (word != "(" && word != ")" && word != "&" && word != "{" && word != "}" && !cast) {
            name += name.empty() || word == "->" || word == "." || !is_name(word) || !is_name(words[i - 1]) ? "" : " ";
            name += word;
        }
    }
    if (name.rfind("this->", 0) == 0) {
        name.erase(0, 6);
    }
    return name;
}

Range receiver(const Words& words, uint32_t word) {
    uint32_t first = word - 1;
    while (first > 0) {
        std::string_view before = words[first - 1];
        bool link = before == "." || before == "->" || before == "::";
        bool operand = is_name(before) && (words[first] == "." || words[first] == "->" || words[first] == "::");
        if (before == ")" || before == "]") {
            int depth = 0;
            do {
                --first;
                depth += (words[first] == ")" || words[first] == "]") - (words[first] == "(" || words[first] == "[");
            } while (first > 0 && depth > 0);
            continue;
        }
        if (!link && !operand && !(is_name(before) && (words[first] == "[" || words[first] == "("))) {
            break;
        }
        --first;
    }
    return {first, word - 1};
}

std::string lock_name(const std::vector<OperandWord>& operand) {
    Words words;
    for (const OperandWord& word : operand) {
        words.push_back(word.word);
    }
    return lock_name(words);
}

std::vector<OperandWord> operand_of(const Words& words, Range what, const Words& parameters) {
    std::vector<OperandWord> result;
    for (uint32_t i = what.first; i < what.last && result.size() < kMaximumOperand; ++i) {
        auto parameter = std::find(parameters.begin(), parameters.end(), words[i]);
        bool field = i > what.first && (words[i - 1] == "->" || words[i - 1] == ".");
        bool is_parameter = parameter != parameters.end() && !field;
        result.push_back({words[i], is_parameter ? static_cast<int32_t>(parameter - parameters.begin()) : -1});
    }
    return result;
}

std::vector<OperandWord> substitute(const std::vector<OperandWord>& operand, const Words& words,
                                    const std::vector<Range>& given, const Words& parameters) {
    std::vector<OperandWord> result;
    for (const OperandWord& word : operand) {
        if (word.parameter < 0) {
            result.push_back(word);
        } else if (static_cast<size_t>(word.parameter) < given.size() && result.size() < kMaximumOperand) {
            auto argument = operand_of(words, given[static_cast<size_t>(word.parameter)], parameters);
            result.insert(result.end(), argument.begin(), argument.end());
        }
    }
    return result;
}

} // namespace ungil::scan
