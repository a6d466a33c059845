#include "scan/thread_state.hpp"

#include <array>

namespace ungil::scan {
namespace {

constexpr int kMostRounds = 4; // of macros made of macros

struct NamedVerb {
    std::string_view name;
    StateVerb verb;
};

constexpr std::array<NamedVerb, 35> kOfTheApi{{
    {"Py_BEGIN_ALLOW_THREADS", {Step::Detach, false, true}},
    {"Py_END_ALLOW_THREADS", {Step::Reattach, false, true}},
    {"Py_UNBLOCK_THREADS", {Step::Detach, false, false}},
    {"Py_BLOCK_THREADS", {Step::Reattach, false, false}},
    {"PyEval_SaveThread", {Step::Detach, false, false}},
    {"PyEval_RestoreThread", {Step::Reattach, false, false}},
    {"PyEval_ReleaseThread", {Step::Detach, false, false}},
    {"PyEval_AcquireThread", {Step::Reattach, false, false}},
    {"PyGILState_Ensure", {Step::Ensure, false, false}},
    {"PyGILState_Release", {Step::Release, false, false}},
    {"PyThreadState_Ensure", {Step::Ensure, false, false}},
    {"PyThreadState_EnsureFromView", {Step::Ensure, false, false}},
    {"PyThreadState_Release", {Step::Release, false, false}},
    {"PyThreadState_Swap", {Step::Reattach, true, false}},
    {"Py_NewInterpreter", {Step::Reattach, true, false}},
    {"Py_NewInterpreterFromConfig", {Step::Reattach, true, false}},
    {"Py_Initialize", {Step::Reattach, true, false}},
    {"Py_InitializeEx", {Step::Reattach, true, false}},
    {"Py_InitializeFromConfig", {Step::Reattach, true, false}},
    {"gil_scoped_release", {Step::DetachGuard, false, false}},
    {"gil_scoped_release_simple", {Step::DetachGuard, false, false}},
    {"gil_scoped_acquire", {Step::AttachGuard, false, false}},
    {"gil_scoped_acquire_simple", {Step::AttachGuard, false, false}},
    {"subinterpreter_scoped_activate", {Step::AttachGuard, false, false}},
    {"call_guard", {Step::CallGuard, false, false}},
    {"pthread_create", {Step::Spawn, false, false}},
    {"thrd_create", {Step::Spawn, false, false}},
    {"CreateThread", {Step::Spawn, false, false}},
    {"_beginthread", {Step::Spawn, false, false}},
    {"_beginthreadex", {Step::Spawn, false, false}},
    {"PyThread_start_new_thread", {Step::Spawn, false, false}},
    {"PyThread_start_joinable_thread", {Step::Spawn, false, false}},
    {"thread", {Step::Spawn, false, false}},
    {"jthread", {Step::Spawn, false, false}},
    {"async", {Step::Spawn, false, false}},
}};

// The net step of a sequence of steps, if it has one.
class Sum {
  public:
    void add(StateVerb verb) {
        if (verb.step == Step::None || verb.step == Step::CallGuard || verb.step == Step::Spawn) {
            return; // what others do
        }
        seen_ |= 1U << static_cast<unsigned>(verb.step);
        conditional |= verb.conditional;
        macro |= verb.macro;
    }
    StateVerb net(bool around_arguments) const {
        for (Step step : {Step::Detach, Step::Reattach, Step::Ensure, Step::Release}) {
            if (seen_ == bit(step)) {
                return {step, conditional, macro};
            }
        }
        bool whole_region = is(Step::Detach, Step::Reattach) || seen_ == bit(Step::DetachGuard);
        return {whole_region && around_arguments ? Step::Around : Step::None, conditional, macro};
    }
    bool is(Step a, Step b) const { return seen_ == (bit(a) | bit(b)); }

    bool conditional = false;
    bool macro = false;

  private:
    static constexpr unsigned bit(Step step) { return 1U << static_cast<unsigned>(step); }

    unsigned seen_ = 0;
};

} // namespace

StateVerbs::StateVerbs(const std::vector<FileFacts>& files) {
    for (const NamedVerb& known : kOfTheApi) {
        add(known.name, known.verb);
    }
    bool more = true;
    for (int round = 0; more && round < kMostRounds; ++round) {
        more = false;
        for (const FileFacts& file : files) {
            more |= follow_macros(file);
        }
    }
    follow_functions(files);
}

bool StateVerbs::add(std::string_view name, StateVerb verb) {
    if (verb.step == Step::None || name.size() < kShortest || !verbs_.emplace(name, verb).second) {
        return false;
    }
    first_[static_cast<unsigned char>(name[0])] = true;
    lengths_[name.size() & 63] = true;
    return true;
}

bool StateVerbs::follow_macros(const FileFacts& file) {
    bool added = false;
    for (const auto& [name, macro] : file.tree->code.macros) {
        added |= add(name, verb_of(macro));
    }
    return added;
}

// A macro that returns or jumps leaves the region its own way; what it does to the state ends with it.
StateVerb StateVerbs::verb_of(const Macro& macro) const {
    Sum sum;
    bool branches = false, leaves = macro.returns;
    for (std::string_view word : macro.words) {
        sum.add(find(word));
        branches |= word == "if";
        leaves |= word == "goto";
    }
    StateVerb net = leaves ? StateVerb() : sum.net(macro.function_like);
    net.conditional |= branches;
    return net;
}

StateVerb StateVerbs::verb_of(const Tree& tree, const Function& function) const {
    Sum sum;
    for (uint32_t i = function.body.first; i < function.body.last; ++i) {
        if (tree.is_name(i)) {
            sum.add(find(tree.word(i)));
        }
    }
    StateVerb net = sum.net(false);
    net.macro = false;
    return net;
}

void StateVerbs::follow_functions(const std::vector<FileFacts>& files) {
    std::unordered_map<std::string_view, Sum> classes;
    std::vector<NamedVerb> wrappers;
    for (const FileFacts& file : files) {
        for (uint32_t i = 0; i < file.bodies.size(); ++i) {
            const Function& function = file.tree->functions[i];
            std::string_view of = function.name.substr(function.name.substr(0, 1) == "~");
            bool constructs = !function.scope.empty() && function.scope == of; // or destroys
            if (constructs) {
                for (const Call& call : file.bodies[i].calls) {
                    classes[function.scope].add(find(call.name));
                }
            } else if (StateVerb verb = verb_of(*file.tree, function); verb.step != Step::None) {
                wrappers.push_back({function.name, verb});
            }
        }
    }
    for (const NamedVerb& wrapper : wrappers) {
        add(wrapper.name, wrapper.verb);
    }
    for (const auto& [name, sum] : classes) {
        if (sum.is(Step::Detach, Step::Reattach)) {
            add(name, {Step::DetachGuard, sum.conditional, false});
        } else if (sum.is(Step::Ensure, Step::Release)) {
            add(name, {Step::AttachGuard, sum.conditional, false});
        }
    }
}

} // namespace ungil::scan
