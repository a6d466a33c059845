#include "scan/project.hpp"

namespace ungil::scan {
namespace {

// What a header defines as static, every file that includes it has.
bool is_header(const std::string& path) {
    size_t dot = path.rfind('.');
    return dot != std::string::npos && path[dot + 1] == 'h';
}

class Joiner {
  public:
    Joiner(std::vector<FileFacts>& files, const Names& names) : files_(files), names_(names) {}

    void run() {
        spread_foreign_uses();
        collect_callers();
        mark_initialisers();
    }

  private:
    void spread_foreign_uses() {
        for (const FileFacts& file : files_) {
            for (auto [name, use] : file.foreign_uses) {
                for (Place place : names_.shared(name)) {
                    files_[place.file].uses[place.function] |= use;
                }
            }
        }
    }

    void collect_callers() {
        for (FileFacts& file : files_) {
            file.callers.resize(file.bodies.size());
            file.only_initialises.assign(file.bodies.size(), false);
        }
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                for (uint32_t c = 0; c < files_[f].bodies[i].calls.size(); ++c) {
                    for (Place callee : names_.resolve(f, files_[f].bodies[i].calls[c].name)) {
                        files_[callee.file].callers[callee.function].push_back({{f, i}, c});
                    }
                }
            }
        }
    }

    // A function runs only while a module is initialised if an initialiser reaches it, and nothing else does.
    void mark_initialisers() {
        std::vector<Place> roots;
        for_each_function([&](Place place, uint16_t use) {
            if ((use & kInitialiser) != 0) {
                roots.push_back(place);
            }
        });
        spread(roots, true, [](uint16_t) { return true; });
        std::vector<Place> others;
        for_each_function([&](Place place, uint16_t use) {
            if (!only(place) || (use & (kTable | kAddress | kFinaliser)) != 0) {
                others.push_back(place);
            }
        });
        spread(others, false, [](uint16_t use) { return (use & kInitialiser) == 0; });
    }

    template <typename Visit>
    void for_each_function(Visit visit) {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                visit(Place{f, i}, files_[f].uses[i]);
            }
        }
    }

    std::vector<bool>::reference only(Place place) { return files_[place.file].only_initialises[place.function]; }

    // Sets only_initialises to `value` for the functions in `work` and for all that they reach through calls, as far as
    // `may_follow` lets it.
    template <typename Follow>
    void spread(std::vector<Place>& work, bool value, Follow may_follow) {
        for (Place place : work) {
            only(place) = value;
        }
        while (!work.empty()) {
            Place caller = work.back();
            work.pop_back();
            for (const Call& call : files_[caller.file].bodies[caller.function].calls) {
                for (Place callee : names_.resolve(caller.file, call.name)) {
                    if (only(callee) != value && may_follow(files_[callee.file].uses[callee.function])) {
                        only(callee) = value;
                        work.push_back(callee);
                    }
                }
            }
        }
    }

    std::vector<FileFacts>& files_;
    const Names& names_;
};

} // namespace

Names::Names(const std::vector<FileFacts>& files) {
    for (uint32_t f = 0; f < files.size(); ++f) {
        const auto& functions = files[f].tree->functions;
        local_.emplace_back();
        for (uint32_t i = 0; i < functions.size(); ++i) {
            local_[f].emplace(functions[i].name, i);
            if (!functions[i].is_static || is_header(files[f].path)) {
                shared_[functions[i].name].push_back({f, i});
            }
        }
    }
}

const std::vector<Place>& Names::shared(std::string_view name) const {
    static const std::vector<Place> none;
    auto found = shared_.find(name);
    return found == shared_.end() ? none : found->second;
}

std::vector<Place> Names::resolve(uint32_t file, std::string_view name) const {
    if (auto own = local_[file].find(name); own != local_[file].end()) {
        return {{file, own->second}};
    }
    return shared(name);
}

void join(std::vector<FileFacts>& files, const Names& names) {
    Joiner(files, names).run();
}

} // namespace ungil::scan
