#include "scan/thread_state.hpp"

namespace ungil::scan {
namespace {

constexpr size_t kMostCallers = 64; // a helper with more is not told apart

// Which functions run only while their thread is detached: those that threads begin with, those that a binding library
// calls detached, and those that every caller calls detached.
class StateJoiner {
  public:
    StateJoiner(std::vector<FileFacts>& files, const Names& names) : files_(files), names_(names) {}

    void run() {
        for (FileFacts& file : files_) {
            file.only_detached.assign(file.bodies.size(), false);
            file.starts_thread.assign(file.bodies.size(), false);
        }
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (const RunDetached& start : files_[f].run_detached) {
                begin(f, start);
            }
        }
        for (uint32_t f = 0; f < files_.size(); ++f) {
            for (uint32_t i = 0; i < files_[f].bodies.size(); ++i) {
                for (const Call& call : called_detached({f, i})) {
                    consider(f, call);
                }
            }
        }
        spread();
    }

  private:
    const Body& body(Place place) const { return files_[place.file].bodies[place.function]; }
    bool is_detached(Place place) const { return files_[place.file].only_detached[place.function]; }

    void begin(uint32_t f, const RunDetached& start) {
        const Tree& tree = *files_[f].tree;
        std::string_view name = tree.word(start.name.last - 1);
        std::string_view scope = start.name.size() > 2 ? tree.word(start.name.last - 3) : std::string_view();
        for (Place place : names_.resolve(f, name)) {
            const Function& function = files_[place.file].tree->functions[place.function];
            if (!function.scope.empty() && function.scope != scope) {
                continue;
            }
            if (start.thread) {
                files_[place.file].starts_thread[place.function] = true;
            }
            if (every_caller_is_detached(place)) {
                mark(place);
            }
        }
    }

    std::vector<Call> called_detached(Place caller) const {
        std::vector<Call> found;
        const ThreadStates& states = body(caller).states;
        if (states.detached.empty()) {
            return found;
        }
        for (const Call& call : body(caller).calls) {
            if (ThreadStates::at(states.detached, call.token) != nullptr) {
                found.push_back(call);
            }
        }
        return found;
    }

    // A method's name is too often that of another class's method as well.
    void consider(uint32_t f, const Call& call) {
        if (call.member) {
            return;
        }
        for (Place callee : names_.resolve(f, call.name)) {
            bool method = !files_[callee.file].tree->functions[callee.function].scope.empty();
            uint8_t uses = files_[callee.file].uses[callee.function];
            bool called_only = (uses & (kTable | kAddress | kInitialiser | kFinaliser)) == 0;
            if (!method && called_only && !is_detached(callee) && every_caller_is_detached(callee)) {
                mark(callee);
            }
        }
    }

    bool every_caller_is_detached(Place callee) const {
        const auto& callers = files_[callee.file].callers[callee.function];
        return callers.size() <= kMostCallers && std::all_of(callers.begin(), callers.end(), [&](const CallSite& site) {
                   const Body& caller = body(site.caller);
                   uint32_t token = caller.calls[site.call].token;
                   if (ThreadStates::at(caller.states.attached, token) != nullptr) {
                       return false;
                   }
                   return is_detached(site.caller) || ThreadStates::at(caller.states.detached, token) != nullptr;
               });
    }

    void mark(Place place) {
        files_[place.file].only_detached[place.function] = true;
        work_.push_back(place);
    }

    void spread() {
        while (!work_.empty()) {
            Place caller = work_.back();
            work_.pop_back();
            for (const Call& call : body(caller).calls) {
                consider(caller.file, call);
            }
        }
    }

    std::vector<FileFacts>& files_;
    const Names& names_;
    std::vector<Place> work_;
};

} // namespace

void join_states(std::vector<FileFacts>& files, const Names& names) {
    StateJoiner(files, names).run();
}

} // namespace ungil::scan
