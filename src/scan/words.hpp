#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

// What is asked of one word of source.
namespace ungil::scan {

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

inline bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

inline bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// No small letter stands in it: as a rule a macro.
inline bool is_upper_case(std::string_view name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// `spam.h`, `spam.hpp`: a file that others include.
inline bool is_header(std::string_view path) {
    size_t dot = path.rfind('.');
    return dot != std::string_view::npos && dot + 1 < path.size() && path[dot + 1] == 'h';
}

} // namespace ungil::scan
