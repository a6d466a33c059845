#include "scan/alone.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {

Alone::Alone(const std::vector<FileFacts>& files, const Names& names) : files_(files) {
    for (uint32_t f = 0; f < files.size(); ++f) {
        ends_.emplace_back(files[f].bodies.size(), false);
    }
    for (uint32_t f = 0; f < files.size(); ++f) {
        note_definitions(f, names);
        note_exit_handlers(f, names);
    }
    spread(names);
}

// The functions in a PyModuleDef are m_traverse, m_clear and m_free.
void Alone::note_definitions(uint32_t file, const Names& names) {
    const Tree& tree = *files_[file].tree;
    for (const Variable& global : tree.globals) {
        if (global.type != "PyModuleDef") {
            continue;
        }
        for (uint32_t i = global.initializer.first; i < global.initializer.last; ++i) {
            if (tree.is_name(i)) {
                for (Place place : names.resolve(file, tree.word(i))) {
                    note(place);
                }
            }
        }
    }
}

void Alone::note_exit_handlers(uint32_t file, const Names& names) {
    const Tree& tree = *files_[file].tree;
    for (const Body& body : files_[file].bodies) {
        for (const Call& call : body.calls) {
            bool exit = call.name == "Py_AtExit" || call.name == "atexit" || call.name == "PyUnstable_AtExit";
            for (uint32_t i = call.arguments.first; exit && i < call.arguments.last; ++i) {
                if (tree.is_name(i)) {
                    for (Place place : names.resolve(file, tree.word(i))) {
                        note(place);
                    }
                }
            }
        }
    }
}

void Alone::note(Place place) {
    if (!ends_[place.file][place.function]) {
        ends_[place.file][place.function] = true;
        waiting_.push_back(place);
    }
}

// Their helpers too, as long as nobody else calls those.
void Alone::spread(const Names& names) {
    while (!waiting_.empty()) {
        Place place = waiting_.back();
        waiting_.pop_back();
        for (const Call& call : files_[place.file].bodies[place.function].calls) {
            for (Place callee : names.resolve(place.file, call.name)) {
                if (!runs(callee) && by_every_caller(callee)) {
                    note(callee);
                }
            }
        }
    }
}

bool Alone::by_every_caller(Place place) const {
    constexpr size_t kMostCallers = 64;
    const FileFacts& file = files_[place.file];
    const auto& callers = file.callers[place.function];
    bool called_only = (file.uses[place.function] & (kTable | kAddress | kFinaliser)) == 0;
    return called_only && callers.size() <= kMostCallers &&
           std::all_of(callers.begin(), callers.end(), [&](const CallSite& site) { return runs(site.caller); });
}

} // namespace ungil::scan
