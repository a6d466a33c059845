#include "scan/publications.hpp"

#include "scan/value.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

struct Store {
    std::string_view name;
    uint32_t argument; // what it stores
};

constexpr std::array<Store, 12> kStores{{
    {"PyObject_SetAttr", 2},
    {"PyObject_SetAttrString", 2},
    {"PyObject_SetItem", 2},
    {"PyDict_SetItem", 2},
    {"PyDict_SetItemString", 2},
    {"PyDict_SetDefault", 2},
    {"PyDict_SetDefaultRef", 2},
    {"PyList_Append", 1},
    {"PySet_Add", 1},
    {"PyModule_AddObjectRef", 2},
    {"PyModule_AddObject", 2},
    {"PyMapping_SetItemString", 2},
}};

bool makes_object(std::string_view name) {
    return name == "PyObject_GC_New" || name == "PyObject_GC_NewVar" || name == "PyObject_New" ||
           name == "PyObject_NewVar" || name == "tp_alloc" || name == "PyType_GenericAlloc";
}

bool stores(std::string_view callee, uint32_t argument) {
    return std::any_of(kStores.begin(), kStores.end(),
                       [&](const Store& s) { return s.name == callee && s.argument == argument; });
}

class PublicationFinder {
  public:
    PublicationFinder(const FileFacts& file, Place place)
        : tree_(*file.tree), function_(tree_.functions[place.function]), body_(file.bodies[place.function]),
          place_(place) {}

    void run(std::vector<EarlyPublication>& found) {
        for (const Assignment& assignment : body_.assignments) {
            if (!assignment.member && is_new(assignment.value) && made_.emplace(assignment.target, true).second) {
                look(assignment.target, found);
            }
        }
    }

  private:
    bool is_new(Range value) const {
        for (uint32_t i = value.first; i < value.last; ++i) {
            if (tree_.word(i + 1) == "(" && makes_object(tree_.word(i))) {
                return true;
            }
        }
        return false;
    }

    void look(std::string_view name, std::vector<EarlyPublication>& found) const {
        EarlyPublication early{place_, UINT32_MAX, UINT32_MAX, name, false};
        uint32_t node = 0;
        note_calls(name, early, node);
        note_assignments(name, early, node);
        if (early.token == UINT32_MAX || leaves(node)) {
            return;
        }
        early.fill = first_fill(name, early.token);
        if (early.fill != UINT32_MAX) {
            found.push_back(early);
        }
    }

    void note_calls(std::string_view name, EarlyPublication& early, uint32_t& node) const {
        auto handed = body_.handed.find(name);
        if (handed == body_.handed.end()) {
            return;
        }
        for (const HandOver& hand : handed->second) {
            const Call& call = body_.calls[hand.call];
            if (!hand.by_address && call.token < early.token && stores(call.name, hand.argument) && is_shared(call)) {
                early.token = call.token;
                early.by_call = true;
                node = call.node;
            }
        }
    }

    // A container that the function has just made is its own.
    bool is_shared(const Call& call) const {
        Range first{call.arguments.first, call.arguments.first + 1};
        auto assigned = body_.assigned.find(tree_.word(first.first));
        if (tree_.word(first.last) != "," || assigned == body_.assigned.end()) {
            return true;
        }
        return std::none_of(assigned->second.begin(), assigned->second.end(), [&](uint32_t index) {
            std::string_view maker = tree_.word(body_.assignments[index].value.first);
            return maker.size() > 4 && (maker.substr(maker.size() - 4) == "_New" || maker == "PyDict_Copy");
        });
    }

    void note_assignments(std::string_view name, EarlyPublication& early, uint32_t& node) const {
        auto passed = body_.passed_on.find(name);
        if (early.by_call || passed == body_.passed_on.end()) {
            return;
        }
        for (uint32_t index : passed->second) {
            const Assignment& assignment = body_.assignments[index];
            std::string_view owner = base(assignment.token);
            if (assignment.member && assignment.token < early.token && owner != name && !is_private(owner)) {
                early.token = assignment.token;
                node = assignment.node;
            }
        }
    }

    // Another object that the function makes itself, or a struct on its stack.
    bool is_private(std::string_view owner) const {
        if (const Variable* local = find_variable(body_.locals, owner)) {
            auto assigned = body_.assigned.find(owner);
            bool aliases = local->pointers != 0 && assigned != body_.assigned.end() &&
                           std::all_of(assigned->second.begin(), assigned->second.end(),
                                       [&](uint32_t i) { return !calls(body_.assignments[i].value); });
            return local->storage != Storage::Static && !aliases;
        }
        return false;
    }

    bool calls(Range value) const {
        for (uint32_t i = value.first; i < value.last; ++i) {
            if (tree_.word(i) == "(" && i > value.first && tree_.is_name(i - 1)) {
                return true;
            }
        }
        return false;
    }

    // The variable that `a->b.c[0].d` starts with, at the token of d.
    std::string_view base(uint32_t token) const {
        constexpr int kLongest = 32;
        for (int step = 0; step < kLongest && token > 0; ++step) {
            std::string_view before = tree_.word(token - 1);
            if (before == "." || before == "->") {
                token -= 2;
            } else if (tree_.word(token) == "]" || tree_.word(token) == ")") {
                token = std::min(token, tree_.code.partner[token]) - 1;
            } else {
                break;
            }
        }
        return tree_.word(token);
    }

    uint32_t first_fill(std::string_view name, uint32_t after) const {
        for (const Assignment& assignment : body_.assignments) {
            if (assignment.member && assignment.token > after && base(assignment.token) == name &&
                !is_null(tree_, assignment.value)) {
                return assignment.token;
            }
        }
        return UINT32_MAX;
    }

    // Does the block of a statement end by leaving the function? Then what follows in the text does not follow in time.
    bool leaves(uint32_t node) const {
        uint32_t block = function_.nodes[node].parent;
        for (uint32_t n = function_.nodes[block].end; block != 0 && n-- > block + 1;) {
            if (function_.nodes[n].parent == block) {
                return function_.nodes[n].kind == NodeKind::Return || function_.nodes[n].kind == NodeKind::Goto;
            }
        }
        return false;
    }

    const Tree& tree_;
    const Function& function_;
    const Body& body_;
    Place place_;
    std::unordered_map<std::string_view, bool> made_;
};

} // namespace

std::vector<EarlyPublication> find_early_publications(const std::vector<FileFacts>& files) {
    std::vector<EarlyPublication> found;
    for (uint32_t f = 0; f < files.size(); ++f) {
        for (uint32_t i = 0; i < files[f].bodies.size(); ++i) {
            const auto& calls = files[f].bodies[i].calls;
            bool makes = std::any_of(calls.begin(), calls.end(), [](const Call& c) { return makes_object(c.name); });
            if (makes && !files[f].only_initialises[i]) {
                PublicationFinder(files[f], {f, i}).run(found);
            }
        }
    }
    return found;
}

} // namespace ungil::scan
