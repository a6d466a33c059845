#include "scan/reach.hpp"

namespace ungil::scan {
namespace {

// The functions that each function calls: `callers` the other way round.
PerFunction<std::vector<Place>> callees(const std::vector<FileFacts>& files) {
    auto result = per_function<std::vector<Place>>(files);
    for (uint32_t f = 0; f < files.size(); ++f) {
        for (uint32_t i = 0; i < files[f].callers.size(); ++i) {
            for (const CallSite& site : files[f].callers[i]) {
                result[site.caller.file][site.caller.function].push_back({f, i});
            }
        }
    }
    return result;
}

uint8_t own_reach(const FileFacts& file, uint32_t function) {
    uint16_t uses = file.uses[function];
    if (file.only_initialises[function]) {
        return kUnreached;
    }
    uint8_t reach = (uses & (kConstructor | kReinitialiser)) != 0 ? kConstructing : kUnreached;
    return is_entered(file, function) ? reach | kAtRunTime : reach;
}

} // namespace

bool is_entered(const FileFacts& file, uint32_t function) {
    uint16_t uses = file.uses[function];
    if ((uses & (kInitialiser | kConstructor | kReinitialiser)) != 0 || file.only_initialises[function]) {
        return false;
    }
    if ((uses & kFinaliser) != 0 && (uses & kTable) == 0) {
        return false; // whoever takes its address, the trashcan as a rule, finalises too
    }
    bool exported = !file.tree->functions[function].is_static && file.callers[function].empty();
    return exported || (uses & (kTable | kAddress)) != 0;
}

PerFunction<uint8_t> find_reach(const std::vector<FileFacts>& files) {
    auto reach = per_function<uint8_t>(files);
    auto called = callees(files);
    std::vector<Place> work;
    for (uint32_t f = 0; f < files.size(); ++f) {
        for (uint32_t i = 0; i < files[f].bodies.size(); ++i) {
            reach[f][i] = own_reach(files[f], i);
            if (reach[f][i] != kUnreached) {
                work.push_back({f, i});
            }
        }
    }
    while (!work.empty()) { // each function comes back at most once for each bit
        Place place = work.back();
        work.pop_back();
        for (Place callee : called[place.file][place.function]) {
            uint8_t& there = reach[callee.file][callee.function];
            uint8_t more = reach[place.file][place.function] & ~there;
            if (more != 0 && !files[callee.file].only_initialises[callee.function]) {
                there |= more;
                work.push_back(callee);
            }
        }
    }
    return reach;
}

} // namespace ungil::scan
