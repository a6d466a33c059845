#include "scan/declarator.hpp"
#include "scan/regions.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

constexpr uint32_t kMostSteps = 400; // back to the parenthesis that encloses a call guard

// Finds what changes the state in one function, and what it hands to threads and call guards.
class EventFinder {
  public:
    EventFinder(FileFacts& file, const StateVerbs& verbs) : file_(file), tree_(*file.tree), verbs_(verbs) {}

    void find(const Function& function, ThreadStates& out) {
        events_.clear();
        lambdas_.clear();
        for (uint32_t i = function.body.first; i < function.body.last; ++i) {
            if (!tree_.is_name(i)) {
                continue;
            }
            StateVerb verb = verbs_.find(tree_.word(i));
            if (verb.step == Step::CallGuard) {
                call_guard(function, i);
            } else if (verb.step == Step::Spawn) {
                spawn(i);
            } else if (verb.step != Step::None && !is_template_argument(i)) {
                events_.push_back({i, verb});
            }
        }
        std::sort(lambdas_.begin(), lambdas_.end()); // a call guard stands behind its lambda
        if (!events_.empty() || !lambdas_.empty()) {
            walk_states(tree_, function, events_, lambdas_, out);
        }
    }

  private:
    // `call_guard<py::gil_scoped_release>`, `std::optional<gil_scoped_release>`
    bool is_template_argument(uint32_t token) const { return tree_.word(token + 1) == ">"; }

    void call_guard(const Function& function, uint32_t token) {
        bool releases = false;
        for (uint32_t i = token + 1; i < token + 12 && tree_.word(i) != "("; ++i) {
            releases |= tree_.is_name(i) && verbs_.find(tree_.word(i)).step == Step::DetachGuard;
        }
        if (!releases) {
            return;
        }
        for (uint32_t i = token, steps = 0; i-- > function.body.first && steps < kMostSteps; ++steps) {
            if (tree_.word(i) == "(") {
                return run_detached({i + 1, tree_.after(i) - 1}, false);
            }
            i = std::min(i, tree_.code.partner[i]);
        }
    }

    // `std::thread t(work)`, `pthread_create(&thread, NULL, work, argument)`
    void spawn(uint32_t token) {
        std::string_view word = tree_.word(token);
        bool standard = word == "thread" || word == "jthread" || word == "async";
        if (standard && (token < 2 || tree_.word(token - 1) != "::" || tree_.word(token - 2) != "std")) {
            return;
        }
        uint32_t open = token + 1 + (standard && tree_.is_name(token + 1));
        if (tree_.word(open) == "(" || (standard && tree_.word(open) == "{")) {
            run_detached({open + 1, tree_.after(open) - 1}, true);
        }
    }

    void run_detached(Range arguments, bool thread) {
        for (Range argument : split(tree_, arguments, ",")) {
            argument = strip_casts(tree_, argument);
            argument.first += tree_.word(argument.first) == "&";
            if (tree_.word(argument.first) == "[") {
                lambda(argument);
            } else if (is_qualified_name(argument)) {
                file_.run_detached.push_back({argument, thread});
            }
        }
    }

    bool is_qualified_name(Range range) const {
        for (uint32_t i = range.first; i < range.last; ++i) {
            if (range.size() > 9 || !((i - range.first) % 2 == 0 ? tree_.is_name(i) : tree_.word(i) == "::")) {
                return false;
            }
        }
        return range.size() % 2 == 1;
    }

    void lambda(Range argument) {
        for (uint32_t i = argument.first; i < argument.last; ++i) {
            if (tree_.word(i) == "{") {
                lambdas_.push_back(i);
                return;
            }
            i = std::max(i, tree_.code.partner[i]);
        }
    }

    FileFacts& file_;
    const Tree& tree_;
    const StateVerbs& verbs_;
    std::vector<StateEvent> events_;
    std::vector<uint32_t> lambdas_;
};

} // namespace

void find_states(FileFacts& file, const StateVerbs& verbs) {
    EventFinder finder(file, verbs);
    for (uint32_t i = 0; i < file.bodies.size(); ++i) {
        finder.find(file.tree->functions[i], file.bodies[i].states);
    }
}

} // namespace ungil::scan
