#include "scan/statics.hpp"

#include "scan/alone.hpp"
#include "scan/parallel.hpp"
#include "scan/project.hpp"
#include "scan/static_names.hpp"
#include "scan/storage.hpp"

#include <algorithm>
#include <optional>

namespace ungil::scan {
namespace {

// A pointer to a variable, handed to a function of the project.
struct Handed {
    uint32_t variable;
    Place caller;
    uint32_t token;
    std::string_view callee;
    uint32_t argument;
};

struct Use {
    uint32_t variable;
    Access access;
};

// What one file does with the variables of the project.
struct FileUses {
    std::vector<Use> uses;
    std::vector<Handed> handed;
};

class UseReader {
  public:
    UseReader(const FileFacts& file, uint32_t index, const StaticNames& names, FileUses& out)
        : file_(file), tree_(*file.tree), index_(index), names_(names), out_(out) {}

    void run() {
        for (uint32_t f = 0; f < tree_.functions.size(); ++f) {
            function_ = f;
            scope_.reset();
            aliases_.clear();
            const auto& nodes = tree_.functions[f].nodes;
            for (uint32_t n = 0; n < nodes.size(); ++n) {
                node_ = n;
                read(nodes[n].tokens);
            }
        }
    }

  private:
    // What a pointer or a reference stands for.
    struct Target {
        uint32_t variable;
        bool is_reference;
    };

    void read(Range tokens) {
        for (uint32_t i = tokens.first; i < tokens.last; ++i) {
            if (!tree_.is_name(i) || is_member(i)) {
                continue;
            }
            std::string_view word = tree_.word(i);
            if (auto alias = aliases_.empty() ? aliases_.end() : aliases_.find(word); alias != aliases_.end()) {
                use_alias(alias->second, i);
            } else if (names_.may_be(word)) {
                use(i, word);
            }
        }
    }

    bool is_member(uint32_t i) const {
        std::string_view before = i > 0 ? tree_.word(i - 1) : std::string_view();
        return before == "." || before == "->" || (before == "(" && i > 1 && tree_.word(i - 2) == "sizeof");
    }

    void use(uint32_t token, std::string_view word) {
        if (!scope_) {
            scope_.emplace(names_, index_, function_);
        }
        scope_->advance(token);
        uint32_t variable = names_.find(index_, *scope_, word);
        if (variable == StaticNames::kNone || scope_->declares(token)) {
            return;
        }
        bool array = names_.variable(variable).is_array;
        Occurrence what = read_occurrence(tree_, token, array);
        record(variable, token, what);
        if (Alias alias = alias_made(tree_, what, array); !alias.name.empty()) {
            aliases_.insert_or_assign(alias.name, Target{variable, alias.is_reference});
        }
    }

    void use_alias(Target target, uint32_t token) {
        uint32_t variable = target.variable;
        Occurrence plain = read_occurrence(tree_, token, false);
        if (target.is_reference) {
            return record(variable, token, plain);
        }
        Occurrence what = plain;
        if (through_pointer(what)) {
            record(variable, token, what);
        } else if (!plain.callee.empty()) {
            out_.handed.push_back({variable, {index_, function_}, token, plain.callee, plain.argument});
        }
    }

    void record(uint32_t variable, uint32_t token, const Occurrence& what) {
        out_.uses.push_back({variable, {{index_, function_}, token, node_, what, false, false, {}, 0}});
        if (!what.callee.empty() && what.kind == AccessKind::Address) {
            out_.handed.push_back({variable, {index_, function_}, token, what.callee, what.argument});
        }
    }

    const FileFacts& file_;
    const Tree& tree_;
    uint32_t index_;
    const StaticNames& names_;
    FileUses& out_;
    uint32_t function_ = 0;
    uint32_t node_ = 0;
    std::optional<StaticNames::Scope> scope_; // of the function, once a name may be a variable's
    std::unordered_map<std::string_view, Target> aliases_;
};

// Which calls a helper is followed into: more arguments than that are not told apart.
constexpr uint32_t kMostArguments = 16;
constexpr size_t kMostUsesByHelper = 32;

// What helpers do with one variable, over all calls. More of it tells nothing new.
constexpr size_t kMostUsesByHelpers = 10'000;

// What a function does with what one of its parameters points to.
std::vector<Access> uses_of_parameter(const FileFacts& file, Place place, std::string_view name) {
    std::vector<Access> found;
    const Tree& tree = *file.tree;
    const auto& nodes = tree.functions[place.function].nodes;
    for (uint32_t n = 0; n < nodes.size(); ++n) {
        for (uint32_t i = nodes[n].tokens.first; i < nodes[n].tokens.last; ++i) {
            if (tree.word(i) != name || (i > 0 && (tree.word(i - 1) == "." || tree.word(i - 1) == "->"))) {
                continue;
            }
            Occurrence what = read_occurrence(tree, i, false);
            if (through_pointer(what) && found.size() < kMostUsesByHelper) {
                found.push_back({place, i, n, what, false, true, {}, 0});
            }
        }
    }
    return found;
}

class Collector {
  public:
    Collector(const std::vector<FileFacts>& files, const Names& names, const StaticNames& statics)
        : files_(files), names_(names), accesses_(statics.size()), given_(statics.size()) {}

    void add(const FileUses& file) {
        for (const Use& use : file.uses) {
            accesses_[use.variable].push_back(use.access);
        }
        for (const Handed& handed : file.handed) {
            follow(handed);
        }
    }

    std::vector<Access>& of(uint32_t variable) { return accesses_[variable]; }

  private:
    void follow(const Handed& handed) {
        if (handed.argument >= kMostArguments) {
            return;
        }
        for (Place callee : names_.resolve(handed.caller.file, handed.callee)) {
            const auto& parameters = files_[callee.file].tree->functions[callee.function].parameters;
            if (handed.argument >= parameters.size()) {
                continue;
            }
            const auto& uses = by_helper(callee, handed.argument, parameters[handed.argument].name);
            given_[handed.variable] += uses.size();
            if (given_[handed.variable] > kMostUsesByHelpers) {
                return;
            }
            for (Access access : uses) {
                access.given_by = handed.caller;
                access.given_at = handed.token;
                accesses_[handed.variable].push_back(access);
            }
        }
    }

    const std::vector<Access>& by_helper(Place callee, uint32_t argument, std::string_view name) {
        uint64_t key = (uint64_t{callee.file} << 40) | (uint64_t{callee.function} << 8) | argument;
        auto [found, fresh] = helpers_.try_emplace(key);
        if (fresh) {
            found->second = uses_of_parameter(files_[callee.file], callee, name);
        }
        return found->second;
    }

    const std::vector<FileFacts>& files_;
    const Names& names_;
    std::vector<std::vector<Access>> accesses_;
    std::vector<size_t> given_; // how many of these a helper made
    std::unordered_map<uint64_t, std::vector<Access>> helpers_;
};

bool is_write(const Access& access) {
    AccessKind kind = access.what.kind;
    return kind == AccessKind::Write || kind == AccessKind::Update || kind == AccessKind::Swap;
}

// Does the address go to a function that is not here? Not the C API, which takes those of types and singletons for other
// reasons.
bool escapes(const Access& access, const Names& names) {
    std::string_view callee = access.what.callee;
    bool python = callee.substr(0, 2) == "Py" || callee.substr(0, 3) == "_Py";
    bool given = access.what.kind == AccessKind::Address && !callee.empty() && !access.alone;
    return given && (!python || callee.substr(0, 11) == "PyArg_Parse") &&
           names.resolve(access.place.file, callee).empty();
}

// Is it written while the module is in use? An address that goes where nobody can follow it counts if the variable would
// otherwise never get a value.
bool is_written(const Variable& variable, const std::vector<Access>& accesses, const Names& names) {
    bool may_escape = variable.initializer.empty() && !is_synchroniser(variable.type);
    return std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) {
        return (is_write(access) && !access.alone) || (may_escape && escapes(access, names));
    });
}

bool used_atomically(const std::vector<Access>& accesses) {
    for (const Access& access : accesses) {
        if (access.what.kind == AccessKind::Atomic) {
            return true;
        }
    }
    return false;
}

} // namespace

Statics::Statics(const std::vector<FileFacts>& files, const Names& names, unsigned threads) {
    StaticNames statics(files);
    std::vector<FileUses> uses(files.size());
    parallel_for(statics.size() == 0 ? 0 : files.size(), threads,
                 [&](size_t i) { UseReader(files[i], static_cast<uint32_t>(i), statics, uses[i]).run(); });
    Collector collector(files, names, statics);
    for (const FileUses& file : uses) {
        collector.add(file);
    }
    ThreadLocalWords thread_local_words(files);
    Alone alone(files, names);
    for (uint32_t v = 0; v < statics.size(); ++v) {
        const Variable& variable = statics.variable(v);
        std::vector<Access>& accesses = collector.of(v);
        for (Access& access : accesses) {
            access.alone = alone.runs(access.place) ||
                           (is_write(access) && alone.runs_once(access.place, access.token)) ||
                           (access.is_given && alone.runs(access.given_by));
        }
        if (is_written(variable, accesses, names)) {
            const Tree& tree = *files[statics.file(v)].tree;
            index_.emplace(&variable, static_cast<uint32_t>(all_.size()));
            all_.push_back(
                {statics.file(v), &variable, statics.is_local(v),
                 variable.storage == Storage::ThreadLocal || thread_local_words.are_in(tree, variable.specifiers),
                 is_atomic(tree, variable) || used_atomically(accesses), std::move(accesses)});
        }
    }
}

const MutableStatic* Statics::find(const Variable* variable) const {
    auto found = index_.find(variable);
    return found == index_.end() ? nullptr : &all_[found->second];
}

} // namespace ungil::scan
