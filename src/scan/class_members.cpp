#include "scan/class_members.hpp"

#include "scan/words.hpp"

#include <algorithm>
#include <array>

namespace ungil::scan {
namespace {

// The methods by which the containers and smart pointers of the standard library change.
constexpr std::array<std::string_view, 30> kMutators{
    {"push_back", "emplace_back", "pop_back",  "push_front", "emplace_front", "pop_front",       "push",   "emplace",
     "pop",       "insert",       "erase",     "clear",      "resize",        "assign",          "append", "reserve",
     "swap",      "reset",        "merge",     "splice",     "extract",       "remove",          "sort",   "reverse",
     "unique",    "try_emplace",  "remove_if", "replace",    "emplace_hint",  "insert_or_assign"}};

constexpr std::array<std::string_view, 11> kAssignments{
    {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}};

using Fields = std::unordered_map<std::string_view, const Variable*>;

struct Class {
    const Record* record;
    Fields fields;
};

class ClassMemberFinder {
  public:
    explicit ClassMemberFinder(const std::vector<FileFacts>& files) : files_(files) {}

    std::vector<ClassMemberUse> run(Classes which) {
        which == Classes::Bound ? name_bound() : name_singletons();
        find_records();
        for (uint32_t f = 0; !classes_.empty() && f < files_.size(); ++f) {
            const auto& functions = files_[f].tree->functions;
            for (uint32_t i = 0; i < functions.size(); ++i) {
                auto found = classes_.find(functions[i].scope);
                bool special = functions[i].name == functions[i].scope || functions[i].is_static ||
                               files_[f].tree->word(functions[i].name_token - 1) == "~";
                if (found != classes_.end() && !special) {
                    method({f, i}, found->second);
                }
            }
        }
        return std::move(found_);
    }

  private:
    void name_bound() {
        for (const FileFacts& file : files_) {
            for (const BoundClass& bound : file.bindings.classes) {
                classes_.emplace(bound.name, Class{nullptr, {}});
            }
        }
    }

    void name_singletons() {
        for (const FileFacts& file : files_) {
            for (size_t i = 0; file.tree->language == Language::Cxx && i < file.bodies.size(); ++i) {
                for (const Variable& local : file.bodies[i].locals) {
                    bool one = local.storage == Storage::Static && local.pointers == 0 && !local.is_const;
                    if (one && returns(*file.tree, file.tree->functions[i], local.name)) {
                        classes_.emplace(local.type, Class{nullptr, {}});
                    }
                }
            }
        }
    }

    static bool returns(const Tree& tree, const Function& function, std::string_view name) {
        return std::any_of(function.nodes.begin(), function.nodes.end(), [&](const Node& node) {
            return node.kind == NodeKind::Return && node.tokens.size() == 1 && tree.word(node.tokens.first) == name;
        });
    }

    void find_records() {
        for (size_t f = 0; !classes_.empty() && f < files_.size(); ++f) {
            for (const Record& record : files_[f].tree->records) {
                auto found = classes_.find(record.name);
                if (found != classes_.end() && found->second.record == nullptr && !record.fields.empty()) {
                    found->second = {&record, fields_of(record)};
                }
            }
        }
    }

    static Fields fields_of(const Record& record) {
        Fields fields;
        for (const Variable& field : record.fields) {
            if (!field.is_const) {
                fields.emplace(field.name, &field);
            }
        }
        return fields;
    }

    void method(Place place, const Class& owner) {
        const Tree& tree = *files_[place.file].tree;
        const Function& function = tree.functions[place.function];
        const Body& body = files_[place.file].bodies[place.function];
        for (uint32_t i = function.body.first; i < function.body.last; ++i) {
            auto field = tree.is_name(i) ? owner.fields.find(tree.word(i)) : owner.fields.end();
            if (field != owner.fields.end() && is_own(tree, function, body, i)) {
                auto locks = [&](const Lock& lock) { return lock.holds(i); };
                bool locked = std::any_of(body.locks.begin(), body.locks.end(), locks);
                found_.push_back(
                    {place, i, owner.record, field->second, kind(tree, i), locked, tree.word(i + 1) == "["});
            }
        }
    }

    // `items_` or `this->items_`; not the member of another object, nor what a parameter or local of that name hides.
    static bool is_own(const Tree& tree, const Function& function, const Body& body, uint32_t i) {
        std::string_view before = tree.word(i - 1);
        if (before == "." || before == "->") {
            return before == "->" && tree.word(i - 2) == "this";
        }
        const auto& parameters = function.parameters;
        auto named = [&](const auto& p) { return p.name == tree.word(i); };
        bool hidden = std::any_of(parameters.begin(), parameters.end(), named) ||
                      find_variable(body.locals, tree.word(i)) != nullptr;
        return !hidden && before != "::";
    }

    static ClassMemberUseKind kind(const Tree& tree, uint32_t i) {
        uint32_t next = i + 1;
        while (tree.word(next) == "[") {
            next = tree.after(next);
        }
        uint32_t first = tree.word(i - 1) == "->" ? i - 2 : i;
        std::string_view before = tree.word(first - 1), after = tree.word(next);
        if (is_one_of(after, kAssignments) || after == "++" || after == "--" || before == "++" || before == "--") {
            return ClassMemberUseKind::Write;
        }
        bool mutates = next == i + 1 && after == "." && is_one_of(tree.word(i + 2), kMutators);
        return mutates && tree.word(i + 3) == "(" ? ClassMemberUseKind::Mutate : ClassMemberUseKind::Read;
    }

    const std::vector<FileFacts>& files_;
    std::unordered_map<std::string_view, Class> classes_;
    std::vector<ClassMemberUse> found_;
};

} // namespace

std::vector<ClassMemberUse> find_class_member_uses(const std::vector<FileFacts>& files, Classes which) {
    return ClassMemberFinder(files).run(which);
}

} // namespace ungil::scan
