#include "scan/states.hpp"

namespace ungil::scan {
namespace {

constexpr size_t kMostConditions = 32; // more than anyone nests, or chains with #elif

std::string condition_of(const Tree& tree, const Branch& branch, bool negate) {
    std::string said(tree.text.all().substr(branch.line, branch.end - branch.line));
    if (branch.defined) {
        return (branch.negated != negate ? "!" : "") + said;
    }
    return negate ? "!(" + said + ")" : said;
}

uint32_t branch_at(const Tree& tree, uint32_t token) {
    const auto& branches = tree.code.branches;
    auto after = std::upper_bound(branches.begin(), branches.end(), token,
                                  [](uint32_t t, const Branch& branch) { return t < branch.tokens.first; });
    return after == branches.begin() ? Branch::kNone : static_cast<uint32_t>(after - branches.begin() - 1);
}

} // namespace

bool is_detached(const FunctionHandle& function, uint32_t token) {
    const ThreadStates& states = function.body().states;
    if (ThreadStates::at(states.detached, token) != nullptr) {
        return true;
    }
    return function.file.facts().only_detached[function.index] && ThreadStates::at(states.attached, token) == nullptr;
}

std::vector<RegionHandle> regions(const FileHandle& file) {
    std::vector<RegionHandle> found;
    for (uint32_t f = 0; f < file.facts().bodies.size(); ++f) {
        for (uint32_t r = 0; r < file.facts().bodies[f].states.regions.size(); ++r) {
            found.push_back({{file, f}, r});
        }
    }
    return found;
}

std::vector<CallHandle> calls_in(const RegionHandle& region) {
    std::vector<CallHandle> found;
    const Body& body = region.function.body();
    for (uint32_t c = 0; c < body.calls.size(); ++c) {
        const ThreadStates::Span* span = ThreadStates::at(body.states.detached, body.calls[c].token);
        if (span != nullptr && span->region == region.index) {
            found.push_back({region.function, c});
        }
    }
    return found;
}

std::vector<CallHandle> detached_calls(const FileHandle& file) {
    std::vector<CallHandle> found;
    for (uint32_t f = 0; f < file.facts().bodies.size(); ++f) {
        FunctionHandle function{file, f};
        if (function.body().states.detached.empty() && !file.facts().only_detached[f]) {
            continue;
        }
        for (uint32_t c = 0; c < function.body().calls.size(); ++c) {
            if (is_detached(function, function.body().calls[c].token)) {
                found.push_back({function, c});
            }
        }
    }
    return found;
}

std::vector<std::string> branch_conditions(const Tree& tree, uint32_t index) {
    std::vector<std::string> found;
    const auto& branches = tree.code.branches;
    while (index != Branch::kNone && found.size() < kMostConditions) {
        const Branch& branch = branches[index];
        if (branch.end > branch.line && !branch.include_guard) {
            found.push_back(condition_of(tree, branch, false));
        }
        for (uint32_t p = branch.previous; p != Branch::kNone && found.size() < kMostConditions;
             p = branches[p].previous) {
            found.push_back(condition_of(tree, branches[p], true));
        }
        index = branch.outer;
    }
    return found;
}

std::vector<std::string> conditions(const Tree& tree, uint32_t token) {
    const auto& branches = tree.code.branches;
    uint32_t index = branch_at(tree, token);
    while (index != Branch::kNone && !branches[index].tokens.contains(token)) {
        index = branches[index].outer;
    }
    return branch_conditions(tree, index);
}

} // namespace ungil::scan
