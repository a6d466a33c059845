#pragma once

#include "scan/lexer.hpp"

namespace ungil::scan {

// Does the compiler see this branch on the free-threaded build (3.14t or 3.15t)? Unknown covers everything that the
// build decides: the platform, the project's own macros, and what differs between the two versions.
enum class Truth : uint8_t { False, True, Unknown };

enum class Language : uint8_t { C, Cxx };

// Decides `#if`, `#ifdef`, `#ifndef`, `#elif` and their kin from the directive's own tokens, the name first.
Truth evaluate(const Text& text, const std::vector<Token>& tokens, Range directive, Language language);

inline Truth negate(Truth t) {
    return t == Truth::Unknown ? t : t == Truth::True ? Truth::False : Truth::True;
}

} // namespace ungil::scan
