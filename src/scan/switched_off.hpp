#pragma once

#include "scan/preprocessor.hpp"

namespace ungil::scan {

// Empties the blocks that a macro of the file's own switches off: with `#define USE_CACHE 0` as the macro's only
// definition that the free-threaded build sees, `if (USE_CACHE) { ... }` and `if (USE_CACHE && n > 0) { ... }` run nothing.
// Their tokens stay where they are, each with no text.
void empty_switched_off(const Text& text, Preprocessed& code);

} // namespace ungil::scan
