#include "scan/branches.hpp"

#include <algorithm>

namespace ungil::scan {

uint32_t Branches::open(Range directive, uint32_t at, uint32_t previous, uint32_t outer) {
    std::string_view name = word(directive.first);
    uint32_t first = std::min(directive.first + 1, directive.last - 1);
    Branch branch;
    branch.line = tokens_.directive_tokens[first].offset;
    branch.end = branch.line;
    if (directive.size() > 1 && name != "else") {
        Token last = tokens_.directive_tokens[directive.last - 1];
        branch.end = last.offset + last.length;
    }
    branch.negated = name == "ifndef" || name == "elifndef";
    branch.defined = branch.negated || name == "ifdef" || name == "elifdef";
    branch.previous = previous;
    branch.outer = outer;
    branch.tokens = {at, at};
    branches_.push_back(branch);
    return static_cast<uint32_t>(branches_.size() - 1);
}

void Branches::shorten(uint32_t end) {
    for (size_t b = branches_.size(); b-- > 0 && branches_[b].tokens.first >= end;) {
        branches_[b].tokens = {end, end};
    }
}

void Branches::note_define(std::string_view name, uint32_t at) {
    Branch& branch = branches_.back();
    bool guards = branch.negated && branch.tokens.first == at && branch.outer == Branch::kNone;
    branch.include_guard |= guards && text_.all().substr(branch.line, branch.end - branch.line) == name;
}

bool Branches::names_gil(Range directive) const {
    for (uint32_t i = directive.first; i < directive.last; ++i) {
        if (word(i) == "Py_GIL_DISABLED") {
            return true;
        }
    }
    return false;
}

} // namespace ungil::scan
