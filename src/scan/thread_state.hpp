#pragma once

#include "scan/project.hpp"

#include <array>

namespace ungil::scan {

// What a name does to the thread state of the thread that runs it.
enum class Step : uint8_t {
    None,
    Detach,      // Py_BEGIN_ALLOW_THREADS, PyEval_SaveThread
    Reattach,    // Py_END_ALLOW_THREADS, PyEval_RestoreThread: ends the step above
    Ensure,      // PyGILState_Ensure: attached until Release, whatever was before
    Release,     // PyGILState_Release
    DetachGuard, // a class whose objects detach while they live: gil_scoped_release
    AttachGuard, // gil_scoped_acquire
    Around,      // a function-like macro that runs its arguments detached
    CallGuard,   // call_guard<gil_scoped_release>: the function that is bound with it runs detached
    Spawn,       // pthread_create, std::thread: what it gets starts on a thread that Python does not know
};

struct StateVerb {
    Step step = Step::None;
    bool conditional = false; // it happens only if a condition holds that this name hides
    bool macro = false;       // BEGIN and END open and close a block
};

// The C API's names, and those of a project's macros, functions and classes that come down to them: told by what they are
// made of, never by how they are called.
class StateVerbs {
  public:
    explicit StateVerbs(const std::vector<FileFacts>& files);

    StateVerb find(std::string_view name) const {
        if (name.size() < kShortest || !first_[static_cast<unsigned char>(name[0])] || !lengths_[name.size() & 63]) {
            return {}; // nearly every name ends here
        }
        auto found = verbs_.find(name);
        return found == verbs_.end() ? StateVerb() : found->second;
    }

  private:
    static constexpr size_t kShortest = 3;

    bool add(std::string_view name, StateVerb verb);
    bool follow_macros(const FileFacts& file);
    void follow_functions(const std::vector<FileFacts>& files);
    StateVerb verb_of(const Macro& macro) const;
    StateVerb verb_of(const Tree& tree, const Function& function) const;

    std::unordered_map<std::string_view, StateVerb> verbs_;
    std::array<bool, 256> first_{};
    std::array<bool, 64> lengths_{};
};

// Fills Body::states of every function of a file.
void find_states(FileFacts& file, const StateVerbs& verbs);

// Fills FileFacts::only_detached and FileFacts::starts_thread; wants the states and the callers.
void join_states(std::vector<FileFacts>& files, const Names& names);

} // namespace ungil::scan
