#include "scan/declarator.hpp"
#include "scan/project.hpp"
#include "scan/words.hpp"

namespace ungil::scan {
namespace {

// A macro that a macro of the project is written with, and so on: more than anyone stacks.
constexpr int kDeepestMacro = 4;

// Macros by which a module may begin, those of the frameworks and those of the project.
struct ModuleMacro {
    Framework framework;
    std::string_view suffix; // of PyInit_ in its body: the module's name, unless the macro's argument is
    const Macro* body;       // null for a framework's own
};

using ModuleMacros = std::unordered_map<std::string_view, ModuleMacro>;

std::string_view module_name(std::string_view function) {
    for (std::string_view prefix : {"PyInit_", "PyModExport_"}) {
        if (starts_with(function, prefix)) {
            return function.substr(prefix.size());
        }
    }
    return {};
}

bool begins_module(std::string_view word) {
    return starts_with(word, "PyInit_") || starts_with(word, "PyModExport_");
}

// `PyMODINIT_FUNC MODULE_INIT(spam)(void)`: whatever its name is in the end.
bool is_marked(const Tree& tree, const Function& function) {
    for (uint32_t i = function.head.first; i < function.name_token; ++i) {
        if (tree.word(i) == "PyMODINIT_FUNC" || tree.word(i) == "PyMODEXPORT_FUNC") {
            return true;
        }
    }
    return false;
}

ModuleMacros framework_macros() {
    return {{"PYBIND11_MODULE", {Framework::Pybind11, {}, nullptr}},
            {"PYBIND11_EMBEDDED_MODULE", {Framework::Pybind11, {}, nullptr}},
            {"PYBIND11_PLUGIN", {Framework::Pybind11, {}, nullptr}},
            {"NB_MODULE", {Framework::Nanobind, {}, nullptr}},
            {"BOOST_PYTHON_MODULE", {Framework::BoostPython, {}, nullptr}},
            {"BOOST_PYTHON_MODULE_MULTI_PHASE", {Framework::BoostPython, {}, nullptr}}};
}

class ModuleFinder {
  public:
    explicit ModuleFinder(std::vector<FileFacts>& files) : files_(files), macros_(framework_macros()) {}

    void run() {
        find_macros();
        for (FileFacts& file : files_) {
            functions(file);
            invocations(file);
        }
    }

  private:
    // Only the first pass reads all bodies for PyInit_; a later one runs as long as the one before found something.
    void find_macros() {
        bool again = true;
        for (int depth = 0; again && depth < kDeepestMacro; ++depth) {
            again = false;
            for (const FileFacts& file : files_) {
                for (const auto& [name, macro] : file.tree->code.macros) {
                    again |= macros_.count(name) == 0 && add(name, macro);
                }
            }
        }
    }

    bool add(std::string_view name, const Macro& macro) {
        for (std::string_view word : macro.words) {
            if (begins_module(word)) {
                return macros_.emplace(name, ModuleMacro{Framework::None, module_name(word), &macro}).second;
            }
            if (auto known = macros_.find(word); known != macros_.end() && word != name) {
                return macros_.emplace(name, ModuleMacro{known->second.framework, known->second.suffix, &macro}).second;
            }
        }
        return false;
    }

    void functions(FileFacts& file) {
        const auto& all = file.tree->functions;
        for (uint32_t f = 0; f < all.size(); ++f) {
            if (begins_module(all[f].name)) {
                file.modules.push_back({Framework::None, module_name(all[f].name), all[f].name_token, f, {}, {}});
                file.uses[f] |= kInitialiser;
            } else if (auto macro = macros_.find(all[f].name); macro != macros_.end()) {
                begin(file, macro->second, all[f].name_token, f);
                if (macro->second.framework == Framework::None) {
                    file.uses[f] |= kInitialiser; // a framework's lambdas stand in the same body and run at any time
                }
            } else if (is_marked(*file.tree, all[f])) {
                file.uses[f] |= kInitialiser;
            }
        }
    }

    // `OUR_MODULE(spam, methods);`: the macro holds the whole function. What only declares it creates nothing.
    void invocations(FileFacts& file) {
        std::unordered_map<uint32_t, bool> seen;
        for (const ModuleEntry& entry : file.modules) {
            seen.emplace(entry.token, true);
        }
        for (uint32_t token : file.bindings.invocations) {
            auto macro = macros_.find(file.tree->word(token));
            if (macro != macros_.end() && seen.count(token) == 0 && creates(macro->second, kDeepestMacro)) {
                begin(file, macro->second, token, ModuleEntry::kNoFunction);
            }
        }
    }

    bool creates(const ModuleMacro& macro, int depth) const {
        if (macro.body == nullptr || depth == 0) {
            return false;
        }
        for (std::string_view word : macro.body->words) {
            auto inner = macros_.find(word);
            bool inside =
                inner != macros_.end() && inner->second.body != macro.body && creates(inner->second, depth - 1);
            if (inside || starts_with(word, "PyModule_Create") || word == "PyModuleDef_Init") {
                return true;
            }
        }
        return false;
    }

    void begin(FileFacts& file, const ModuleMacro& macro, uint32_t token, uint32_t function) {
        const Tree& tree = *file.tree;
        Range arguments;
        if (tree.word(token + 1) == "(" && (macro.body == nullptr || macro.body->function_like)) {
            arguments = {token + 2, tree.after(token + 1) - 1};
        }
        bool named = !arguments.empty() && tree.is_name(arguments.first);
        std::string_view name = macro.suffix.empty() && named ? tree.word(arguments.first) : macro.suffix;
        file.modules.push_back({macro.framework, name, token, function, arguments, expansion(macro)});
    }

    // The names in the macro's body, and in those of the project's macros in it.
    std::vector<std::string_view> expansion(const ModuleMacro& macro) const {
        std::vector<std::string_view> words;
        const ModuleMacro* at = &macro;
        for (int depth = 0; at != nullptr && at->body != nullptr && depth < kDeepestMacro; ++depth) {
            const ModuleMacro* inner = nullptr;
            for (std::string_view word : at->body->words) {
                words.push_back(word);
                auto found = macros_.find(word);
                inner = found != macros_.end() && found->second.body != at->body ? &found->second : inner;
            }
            at = inner;
        }
        return words;
    }

    std::vector<FileFacts>& files_;
    ModuleMacros macros_;
};

} // namespace

void find_modules(std::vector<FileFacts>& files) {
    ModuleFinder(files).run();
}

void find_bound(std::vector<FileFacts>& files, const Names& names) {
    for (uint32_t f = 0; f < files.size(); ++f) {
        for (const Binding& binding : files[f].bindings.members) {
            std::vector<Place> candidates = names.shared(binding.name); // methods of one name are all among them
            if (candidates.empty()) {
                candidates = names.resolve(f, binding.name);
            }
            size_t of_scope = 0;
            for (Place place : candidates) {
                bool same = files[place.file].tree->functions[place.function].scope == binding.scope;
                of_scope += same;
                files[place.file].uses[place.function] |= same ? kBound | kTable : kNoUse;
            }
            if (of_scope == 0 && candidates.size() == 1) { // through an alias or a derived class
                files[candidates[0].file].uses[candidates[0].function] |= kBound | kTable;
            }
        }
    }
}

} // namespace ungil::scan
