#include "scan/project.hpp"

namespace ungil::scan {
namespace {

// A function of the project: which file, which of its functions.
struct Place {
    uint32_t file;
    uint32_t function;
};

// What a header defines as static, every file that includes it has.
bool is_header(const std::string& path) {
    size_t dot = path.rfind('.');
    return dot != std::string::npos && path[dot + 1] == 'h';
}

class Joiner {
  public:
    explicit Joiner(std::vector<FileFacts>& files) : files_(files) {}

    void run() {
        collect_functions();
        spread_foreign_uses();
        collect_callers();
        mark_initialisers();
    }

  private:
    void collect_functions() {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            const auto& functions = files_[f].tree->functions;
            local_.emplace_back();
            for (uint32_t i = 0; i < functions.size(); ++i) {
                local_[f].emplace(functions[i].name, i);
                if (!functions[i].is_static || is_header(files_[f].path))
                    shared_[functions[i].name].push_back({f, i});
            }
        }
    }

    void spread_foreign_uses() {
        for (const FileFacts& file : files_)
            for (auto [name, use] : file.foreign_uses)
                if (auto found = shared_.find(name); found != shared_.end())
                    for (Place place : found->second)
                        files_[place.file].uses[place.function] |= use;
    }

    std::vector<Place> resolve(uint32_t file, std::string_view name) const {
        if (auto own = local_[file].find(name); own != local_[file].end())
            return {{file, own->second}};
        auto found = shared_.find(name);
        return found == shared_.end() ? std::vector<Place>() : found->second;
    }

    void collect_callers() {
        for (uint32_t f = 0; f < files_.size(); ++f) {
            callers_.emplace_back(files_[f].bodies.size());
            files_[f].only_initialises.assign(files_[f].bodies.size(), false);
        }
        for (uint32_t f = 0; f < files_.size(); ++f)
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i)
                for (const Call& call : files_[f].bodies[i].calls)
                    for (Place callee : resolve(f, call.name))
                        callers_[callee.file][callee.function].push_back({f, i});
    }

    // Runs only during initialisation: an initialiser, or reached from nowhere but such functions. Starts from the
    // assumption that everything with a caller is, and takes back what something else reaches, until nothing changes.
    void mark_initialisers() {
        std::vector<Place> work;
        for (uint32_t f = 0; f < files_.size(); ++f)
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                uint8_t use = files_[f].uses[i];
                bool elsewhere = (use & (kTable | kAddress | kFinaliser)) != 0;
                bool root = (use & kInitialiser) != 0 && !elsewhere;
                files_[f].only_initialises[i] = root || (!elsewhere && !callers_[f][i].empty());
                if (!files_[f].only_initialises[i])
                    work.push_back({f, i});
            }
        spread(work);
    }

    void spread(std::vector<Place>& work) {
        while (!work.empty()) {
            Place caller = work.back();
            work.pop_back();
            for (const Call& call : files_[caller.file].bodies[caller.function].calls)
                for (Place callee : resolve(caller.file, call.name)) {
                    auto&& only = files_[callee.file].only_initialises[callee.function];
                    if (only && (files_[callee.file].uses[callee.function] & kInitialiser) == 0) {
                        only = false;
                        work.push_back(callee);
                    }
                }
        }
    }

    std::vector<FileFacts>& files_;
    std::vector<std::unordered_map<std::string_view, uint32_t>> local_;
    std::unordered_map<std::string_view, std::vector<Place>> shared_;
    std::vector<std::vector<std::vector<Place>>> callers_;
};

} // namespace

void join(std::vector<FileFacts>& files) {
    Joiner(files).run();
}

} // namespace ungil::scan
