#include "scan/project.hpp"
#include "scan/words.hpp"

namespace ungil::scan {
namespace {

// Branches that each define the function: more than that are not told apart.
constexpr size_t kMostDefinitions = 8;

// What a header defines as static, every file that includes it has.
class Joiner {
  public:
    Joiner(std::vector<FileFacts>& files, const Names& names) : files_(files), names_(names) {}

    void run() {
        spread_foreign_uses();
        spread_uses_to_other_branches();
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

    // What is said of a name was noted for its first definition.
    void spread_uses_to_other_branches() {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            const auto& functions = files_[f].tree->functions;
            for (uint32_t i = 0; i < functions.size(); ++i) {
                std::vector<Place> same = names_.resolve(f, functions[i].name);
                for (Place other : same) {
                    if (other.file == f && same.front().function == i && !(other == same.front())) {
                        files_[f].uses[other.function] |= files_[f].uses[i];
                    }
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
        again_.emplace_back();
        for (uint32_t i = 0; i < functions.size(); ++i) {
            note_local(f, i, functions[i].name, files[f].tree->language == Language::C);
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
    auto own = local_[file].find(name);
    if (own == local_[file].end()) {
        return shared(name);
    }
    std::vector<Place> found{{file, own->second}};
    for (auto next = again_[file].find(own->second); next != again_[file].end() && found.size() < kMostDefinitions;
         next = again_[file].find(next->second)) {
        found.push_back({file, next->second});
    }
    return found;
}

void Names::note_local(uint32_t file, uint32_t function, std::string_view name, bool is_c) {
    auto [first, fresh] = local_[file].emplace(name, function);
    if (is_c && !fresh) {
        // Linked in behind the first, so that a name defined over and over costs nothing.
        auto [link, alone] = again_[file].emplace(first->second, function);
        if (!alone) {
            again_[file].emplace(function, link->second);
            link->second = function;
        }
    }
}

void join(std::vector<FileFacts>& files, const Names& names) {
    Joiner(files, names).run();
}

} // namespace ungil::scan
