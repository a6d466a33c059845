#include "scan/declarator.hpp"
#include "scan/project.hpp"
#include "scan/words.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

struct SlotUse {
    std::string_view end;
    uint16_t use;
};

constexpr std::array<SlotUse, 12> kSlots{{
    {"_dealloc", kFinaliser},
    {"_clear", kFinaliser},
    {"_traverse", kFinaliser},
    {"_free", kFinaliser},
    {"_finalize", kFinaliser},
    {"_del", kFinaliser},
    {"tp_new", kTable | kKeywords | kConstructor},
    {"tp_init", kTable | kKeywords | kReinitialiser},
    {"tp_call", kTable | kKeywords},
    {"tp_iternext", kTable | kIterator},
    {"bf_getbuffer", kTable | kBuffer},
    {"bf_releasebuffer", kTable | kBuffer},
}};

// What a slot's name (`Py_tp_dealloc`, `.tp_init`, `Py_mod_exec`) says about the function in it.
uint16_t use_of_slot(std::string_view slot) {
    if (slot == "Py_mod_exec" || slot == "Py_mod_create") {
        return kInitialiser;
    }
    auto known = std::find_if(kSlots.begin(), kSlots.end(), [&](const SlotUse& s) { return ends_with(slot, s.end); });
    return known == kSlots.end() ? uint16_t{kTable} : known->use;
}

// The members of PyTypeObject that say more than "Python calls it", where PyVarObject_HEAD_INIT and tp_name are the first.
struct Member {
    uint32_t index;
    std::string_view slot;
};

constexpr std::array<Member, 10> kTypeMembers{{
    {3, "tp_dealloc"},
    {13, "tp_call"},
    {20, "tp_traverse"},
    {21, "tp_clear"},
    {25, "tp_iternext"},
    {34, "tp_init"},
    {36, "tp_new"},
    {37, "tp_free"},
    {44, "tp_del"},
    {46, "tp_finalize"},
}};

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
            table(global);
        }
        for (const auto& [name, macro] : tree_.code.macros) { // who uses a macro, and where, is not followed
            uint16_t use = kAddress;
            for (std::string_view word : macro.words) { // `{Py_tp_dealloc, (void *)f}, {Py_tp_doc, text}`
                note(word, use);
                use = starts_with(word, "Py_tp_") ? use_of_slot(word) : use;
            }
        }
        for (size_t i = 0; i < tree_.functions.size(); ++i) {
            for (const Variable& local : file_.bodies[i].locals) {
                if (local.storage == Storage::Static) {
                    table(local);
                }
            }
            code(tree_.functions[i].body);
        }
    }

  private:
    void note(uint32_t token, uint16_t use) { note(tree_.word(token), use); }

    void note(std::string_view name, uint16_t use) {
        auto found = index_.find(name);
        if (found != index_.end()) {
            file_.uses[found->second] |= use;
        } else {
            file_.foreign_uses[name] |= use;
        }
    }

    // `{ {Py_tp_dealloc, f}, ... }`, `{ "name", (PyCFunction)f, METH_KEYWORDS }`, `{ .tp_dealloc = f }`.
    void table(const Variable& variable) {
        Range initializer = variable.initializer;
        if (tree_.word(initializer.first) != "{") {
            return code(initializer);
        }
        uint32_t index = 0;
        for (Range entry : split(tree_, {initializer.first + 1, tree_.after(initializer.first) - 1}, ",")) {
            if (tree_.word(entry.first) == "{") {
                row({entry.first + 1, tree_.after(entry.first) - 1}, kTable);
            } else {
                row(entry, variable.is_array ? uint16_t{kTable} : use_of_member(variable.type, entry, index));
            }
            ++index;
        }
    }

    // A table that names no member: the position says which slot it is.
    uint16_t use_of_member(std::string_view type, Range entry, uint32_t& index) const {
        if (type == "PyBufferProcs") {
            return kTable | kBuffer;
        }
        if (type != "PyTypeObject") {
            return kTable;
        }
        // PyVarObject_HEAD_INIT brings its own comma; one that is written behind it makes the name an entry of its own.
        bool head_alone =
            index == 0 && tree_.word(entry.first + 1) == "(" && tree_.after(entry.first + 1) == entry.last;
        index -= head_alone;
        auto found = std::find_if(kTypeMembers.begin(), kTypeMembers.end(),
                                  [&](const Member& m) { return !head_alone && m.index == index; });
        return found == kTypeMembers.end() ? uint16_t{kTable} : use_of_slot(found->slot);
    }

    void row(Range row, uint16_t use) {
        for (uint32_t i = row.first; i < row.last; ++i) {
            if (tree_.word(i) == "METH_KEYWORDS") {
                use |= kKeywords;
            } else if (tree_.word(i) == "\"__setstate__\"") {
                use |= kReinitialiser; // pickle and copy call it on an object that nobody else has yet
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

    // A function's name that no parenthesis follows is its address; `type.tp_dealloc = f` says what it is for.
    void code(Range body) {
        for (uint32_t i = body.first; i < body.last; ++i) {
            if (tree_.is_name(i) && tree_.word(i + 1) != "(" && index_.count(tree_.word(i)) != 0 && !is_member(i)) {
                note(i, use_of_target(body, i));
            }
        }
    }

    uint16_t use_of_target(Range body, uint32_t i) const {
        uint32_t before = i - 1;
        if (before > body.first && tree_.word(before) == ")") {
            before = tree_.code.partner[before] - 1; // a cast
        }
        if (before <= body.first + 1 || before >= i || tree_.word(before) != "=" || !is_member(before - 1)) {
            return kAddress;
        }
        std::string_view slot = tree_.word(before - 1);
        bool known = slot.size() > 3 && slot[2] == '_' &&
                     (starts_with(slot, "tp_") || starts_with(slot, "nb_") || starts_with(slot, "sq_") ||
                      starts_with(slot, "mp_") || starts_with(slot, "bf_") || starts_with(slot, "am_"));
        return known ? use_of_slot(slot) : uint16_t{kAddress};
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
