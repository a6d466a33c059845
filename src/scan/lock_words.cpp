#include "scan/lock_words.hpp"

#include "scan/project.hpp"

#include <algorithm>
#include <unordered_set>

namespace ungil::scan {
namespace {

constexpr size_t kMaximumWords = 300; // of a macro or function that is a way to take a lock, and nothing more
constexpr int kRounds = 6;            // macros that use macros that use macros

} // namespace

// Works out what the project's own names do to locks, in rounds: each round sees through the names that the one before
// it explained.
class LockWordFinder {
  public:
    LockWordFinder(const std::vector<FileFacts>& files, LockWords& words) : files_(files), words_(words) {}

    void run() {
        for (int round = 0; round < kRounds && (round == 0 || !fresh_.empty()); ++round) {
            looked_for_ = std::move(fresh_);
            fresh_.clear();
            first_ = round == 0;
            for (uint32_t f = 0; f < files_.size(); ++f) {
                macros(f);
                functions(f);
            }
        }
        guard_classes();
    }

  private:
    bool interesting(std::string_view name) const {
        return first_ ? find_lock_verb(name) != nullptr || name == "lock" || name == "unlock" ||
                            name == "unique_lock" || name == "lock_guard" || name == "scoped_lock"
                      : looked_for_.count(name) != 0;
    }

    void macros(uint32_t f) {
        const Preprocessed& code = files_[f].tree->code;
        for (const auto& [name, macro] : code.earlier_macros) {
            this->macro(f, name, macro);
        }
        for (const auto& [name, macro] : code.macros) {
            this->macro(f, name, macro);
        }
    }

    void macro(uint32_t f, std::string_view name, const Macro& macro) {
        bool mentions = std::any_of(macro.words.begin(), macro.words.end(), [&](auto w) { return interesting(w); });
        if (!mentions || macro.body.size() > kMaximumWords || find_lock_verb(name) != nullptr) {
            return;
        }
        Words words;
        for (Token token : macro.body) {
            words.push_back(files_[f].tree->text.at(token));
        }
        LockEffects found = read(f, words, macro.parameters, true);
        for (LockEffect& effect : found) {
            effect.leaves = macro.returns || std::count(words.begin(), words.end(), "goto") != 0;
        }
        learn(name, f, true, std::move(found));
    }

    void functions(uint32_t f) {
        const Tree& tree = *files_[f].tree;
        for (uint32_t i = 0; i < tree.functions.size(); ++i) {
            const Function& function = tree.functions[i];
            const auto& calls = files_[f].bodies[i].calls;
            bool small = function.body.size() < kMaximumWords && calls.size() < kMaximumWords / 4;
            if (!small || find_lock_verb(function.name) != nullptr ||
                std::none_of(calls.begin(), calls.end(), [&](const Call& c) { return interesting(c.name); })) {
                continue;
            }
            Words words, parameters;
            for (uint32_t t = function.body.first; t < function.body.last; ++t) {
                words.push_back(tree.word(t));
            }
            for (const Parameter& parameter : function.parameters) {
                parameters.push_back(parameter.name);
            }
            LockEffects found = read(f, words, parameters, false);
            found.erase(std::remove_if(found.begin(), found.end(),
                                       [](const LockEffect& e) { return e.verb.form == LockForm::Guard; }),
                        found.end()); // a guard, of a macro perhaps, ends with the function
            bool destroys = function.name.substr(0, 1) == "~";
            if (!found.empty() && !function.scope.empty() && function.name.substr(destroys) == function.scope) {
                (destroys ? destructors_ : constructors_).emplace(function.scope, found.front().verb.kind);
                continue;
            }
            const auto& shared = words_.names_.shared(function.name);
            bool is_shared = std::any_of(shared.begin(), shared.end(), [&](Place p) { return p.file == f; });
            learn(function.name, f, is_shared, std::move(found));
        }
    }

    void learn(std::string_view name, uint32_t f, bool is_shared, LockEffects effects) {
        auto& definitions = words_.known_[name];
        auto own = std::find_if(definitions.begin(), definitions.end(), [&](auto& d) { return d.file == f; });
        if (own != definitions.end()) {
            // Of two definitions in one file, in branches that only the build can tell apart, one that locks counts.
            if (!effects.empty() && own->effects.size() != effects.size()) {
                own->effects = std::move(effects);
                fresh_.insert(name);
            }
            return;
        }
        if (!effects.empty()) {
            fresh_.insert(name);
        }
        definitions.push_back({f, is_shared, std::move(effects)});
    }

    // What the words leave locked that was not, and unlocked that was locked.
    LockEffects read(uint32_t f, const Words& words, const Words& parameters, bool is_macro) const {
        LockEffects all;
        for (uint32_t i = 0; i < words.size(); ++i) {
            if (is_name(words[i])) {
                read_name(f, words, i, parameters, all);
            }
            if (is_macro) {
                read_guard(words, i, parameters, all);
            }
        }
        LockEffects left;
        for (const LockEffect& effect : all) {
            bool undone = effect.verb.form != LockForm::Guard && std::any_of(all.begin(), all.end(), [&](auto& other) {
                              return other.verb.takes != effect.verb.takes && same(other, effect);
                          });
            bool known = std::any_of(left.begin(), left.end(), [&](auto& other) { return same(other, effect); });
            if (!undone && !known) {
                left.push_back(effect);
            }
        }
        return left;
    }

    static bool same(const LockEffect& a, const LockEffect& b) {
        if (a.verb.kind != b.verb.kind) {
            return false;
        }
        return a.verb.kind == LockKind::CriticalSection || lock_name(a.operand) == lock_name(b.operand);
    }

    void read_name(uint32_t f, const Words& words, uint32_t i, const Words& parameters, LockEffects& all) const {
        bool called = i + 1 < words.size() && words[i + 1] == "(";
        bool member = i > 0 && (words[i - 1] == "." || words[i - 1] == "->");
        if (member && called && i + 2 < words.size() && words[i + 2] == ")") {
            if (words[i] == "lock" || words[i] == "unlock") {
                Range what = receiver(words, i);
                std::string_view before = what.first == 0 ? ";" : words[what.first - 1];
                bool statement = before != "=" && before != "return" && before != "," && before != "(";
                LockVerb verb{words[i] == "lock", LockKind::Mutex, LockForm::Calls};
                if (statement) { // a weak pointer's lock() is used for what it returns
                    all.push_back({verb, operand_of(words, what, parameters)});
                }
            }
            return;
        }
        std::vector<Range> given = called ? arguments(words, i + 1) : std::vector<Range>();
        if (const LockVerb* verb = find_lock_verb(words[i])) {
            bool alias = !called && words.size() == 1;
            if (called && verb->operand < given.size()) {
                Range what{given[verb->operand].first, given.back().last};
                if (verb->kind == LockKind::Mutex) {
                    what = given[verb->operand];
                }
                all.push_back({*verb, operand_of(words, what, parameters)});
            } else if (called || alias) {
                all.push_back(
                    {*verb, alias ? std::vector<OperandWord>{{"", verb->operand}} : std::vector<OperandWord>{}});
            }
        } else if (const LockEffects* nested = words_.effects(f, words[i])) {
            for (const LockEffect& effect : *nested) {
                all.push_back({effect.verb, substitute(effect.operand, words, given, parameters)});
            }
        }
    }

    void read_guard(const Words& words, uint32_t i, const Words& parameters, LockEffects& all) const {
        GuardType guard;
        bool standard = find_guard_type(words[i], guard) && guard.certain;
        for (uint32_t j = i + 1; standard && j < words.size() && words[j] != ";"; ++j) {
            if ((words[j] == "(" || words[j] == "{") && is_name(words[j - 1])) {
                Range what{j + 1, closing(words, j)};
                all.push_back({{true, guard.kind, LockForm::Guard}, operand_of(words, what, parameters)});
                return;
            }
        }
    }

    // A class that locks when it is made and unlocks when it ends, or that holds a guard of the standard library.
    void guard_classes() {
        for (auto [name, kind] : constructors_) {
            if (destructors_.count(name) != 0) {
                words_.guard_classes_.emplace(name, kind);
            }
        }
        for (const FileFacts& file : files_) {
            for (const Record& record : file.tree->records) {
                for (const Variable& field : record.fields) {
                    GuardType guard;
                    if (find_guard_type(field.type, guard) && guard.certain && field.pointers == 0) {
                        words_.guard_classes_.emplace(record.name, guard.kind);
                    }
                }
            }
        }
        words_.guard_classes_.erase(std::string_view());
    }

    const std::vector<FileFacts>& files_;
    LockWords& words_;
    bool first_ = true;
    std::unordered_set<std::string_view> looked_for_, fresh_;
    std::unordered_map<std::string_view, LockKind> constructors_, destructors_;
};

LockWords::LockWords(const std::vector<FileFacts>& files, const Names& names) : names_(names) {
    LockWordFinder(files, *this).run();
}

const LockEffects* LockWords::effects(uint32_t file, std::string_view name) const {
    auto found = known_.find(name);
    if (found == known_.end()) {
        return nullptr;
    }
    const Definition* best = nullptr;
    for (const Definition& definition : found->second) {
        if (definition.file == file) {
            return definition.effects.empty() ? nullptr : &definition.effects;
        }
        if (definition.is_shared && !definition.effects.empty() && best == nullptr) {
            best = &definition;
        }
    }
    if (best == nullptr) {
        return nullptr;
    }
    auto meant = names_.resolve(file, name);
    bool hidden = !meant.empty() && meant.front().file == file; // a function of this file that does nothing to locks
    return hidden ? nullptr : &best->effects;
}

} // namespace ungil::scan
