#include "scan/declarator.hpp"
#include "scan/project.hpp"

namespace ungil::scan {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool starts_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

// What a slot's name (`Py_tp_dealloc`, `.tp_init`, `Py_mod_exec`) says about the function in it.
uint8_t use_of_slot(std::string_view slot) {
    if (slot == "Py_mod_exec" || slot == "Py_mod_create") {
        return kInitialiser;
    }
    for (std::string_view end : {"_dealloc", "_clear", "_traverse", "_free", "_finalize", "_del"}) {
        if (ends_with(slot, end)) {
            return kFinaliser;
        }
    }
    if (ends_with(slot, "tp_new") || ends_with(slot, "tp_init") || ends_with(slot, "tp_call")) {
        return kTable | kKeywords;
    }
    return kTable;
}

class UseFinder {
  public:
    explicit UseFinder(FileFacts& file) : file_(file), tree_(*file.tree) {
        for (uint32_t i = 0; i < tree_.functions.size(); ++i) {
            index_.emplace(tree_.functions[i].name, i);
        }
    }

    void run() {
        file_.uses.assign(tree_.functions.size(), kNoUse);
        for (const Variable& global : tree_.globals) {
            table(global.initializer);
        }
        for (const auto& [name, macro] : tree_.code.macros) { // who uses a macro, and where, is not followed
            for (std::string_view word : macro.words) {
                note(word, kAddress);
            }
        }
        for (size_t i = 0; i < tree_.functions.size(); ++i) {
            for (const Variable& local : file_.bodies[i].locals) {
                if (local.storage == Storage::Static) {
                    table(local.initializer);
                }
            }
            code(tree_.functions[i].body);
        }
    }

  private:
    void note(uint32_t token, uint8_t use) { note(tree_.word(token), use); }

    void note(std::string_view name, uint8_t use) {
        auto found = index_.find(name);
        if (found != index_.end()) {
            file_.uses[found->second] |= use;
        } else {
            file_.foreign_uses[name] |= use;
        }
    }

    // `{ {Py_tp_dealloc, f}, ... }`, `{ "name", (PyCFunction)f, METH_KEYWORDS }`, `{ .tp_dealloc = f }`.
    void table(Range initializer) {
        if (tree_.word(initializer.first) != "{") {
            return code(initializer);
        }
        Range entries{initializer.first + 1, tree_.after(initializer.first) - 1};
        for (Range entry : split(tree_, entries, ",")) {
            if (tree_.word(entry.first) == "{") {
                row({entry.first + 1, tree_.after(entry.first) - 1});
            } else {
                row(entry);
            }
        }
    }

    void row(Range row) {
        uint8_t use = kTable;
        for (uint32_t i = row.first; i < row.last; ++i) {
            if (tree_.word(i) == "METH_KEYWORDS") {
                use |= kKeywords;
            }
        }
        for (uint32_t i = row.first; i < row.last; ++i) {
            std::string_view word = tree_.word(i);
            if (starts_with(word, "Py_") || (i > row.first && tree_.word(i - 1) == ".")) {
                use = use_of_slot(word);
            } else if (tree_.is_name(i)) {
                note(i, use);
            }
        }
    }

    // A function's name that no parenthesis follows is its address.
    void code(Range body) {
        for (uint32_t i = body.first; i < body.last; ++i) {
            if (tree_.is_name(i) && tree_.word(i + 1) != "(" && index_.count(tree_.word(i)) != 0 && !is_member(i)) {
                note(i, kAddress);
            }
        }
    }

    bool is_member(uint32_t i) const {
        std::string_view before = i > 0 ? tree_.word(i - 1) : std::string_view();
        return before == "." || before == "->";
    }

    FileFacts& file_;
    const Tree& tree_;
    std::unordered_map<std::string_view, uint32_t> index_;
};

} // namespace

void find_uses(FileFacts& file) {
    UseFinder(file).run();
}

} // namespace ungil::scan
