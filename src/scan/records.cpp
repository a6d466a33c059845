#include "scan/records.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// What may stand between a record's closing brace and the semicolon, attributes and initializers included; an initializer
// in braces counts as one bracket whatever its length.
constexpr uint32_t kLongestTail = 64;

bool has_word(const Tree& tree, Range range, std::string_view wanted) {
    for (uint32_t i = range.first; i < range.last; ++i) {
        if (tree.word(i) == wanted) {
            return true;
        }
    }
    return false;
}

bool is_head_macro(std::string_view word) {
    return word == "PyObject_HEAD" || word == "PyObject_VAR_HEAD";
}

// `class Shelf final : public Base<int>, private ns::Other {`
std::vector<std::string_view> read_bases(const Tree& tree, Range head) {
    std::vector<std::string_view> bases;
    uint32_t colon = find_outside_brackets(tree, head, ":");
    for (Range base : split(tree, {colon + 1, head.last}, ",")) {
        std::string_view name;
        for (uint32_t i = base.first; i < base.last && tree.word(i) != "<"; ++i) {
            name = tree.is_name(i) ? tree.word(i) : name;
        }
        if (!name.empty()) {
            bases.push_back(name);
        }
    }
    return bases;
}

// The first name of `Name, *NamePtr` that is not a pointer's.
std::string_view alias(const Tree& tree, Range range) {
    for (uint32_t i = range.first; i < range.last; ++i) {
        if (tree.is_name(i) && !is_annotation(tree.word(i)) && tree.word(i - 1) != "*") {
            return tree.word(i);
        }
    }
    return {};
}

// `PyObject ob_base;` as the first member is PyObject_HEAD written out.
bool is_written_out_head(const Variable& member) {
    return member.pointers == 0 && (member.type == "PyObject" || member.type == "PyVarObject");
}

} // namespace

bool is_object_head(const Tree& tree, std::string_view word) {
    if (is_head_macro(word)) {
        return true;
    }
    auto macro = tree.code.macros.find(word);
    return macro != tree.code.macros.end() &&
           std::any_of(macro->second.words.begin(), macro->second.words.end(), is_head_macro);
}

uint32_t open_record(Tree& tree, Range head, std::string_view name, uint32_t open) {
    Record record;
    record.name = name;
    record.token = head.empty() ? open : head.last - 1;
    record.bases = tree.language == Language::Cxx ? read_bases(tree, head) : std::vector<std::string_view>();
    tree.records.push_back(std::move(record));
    return static_cast<uint32_t>(tree.records.size() - 1);
}

void add_members(Tree& tree, uint32_t record, Range declaration) {
    while (!declaration.empty() && is_object_head(tree, tree.word(declaration.first))) {
        tree.records[record].has_object_head = true; // no semicolon has to follow the macro
        ++declaration.first;
    }
    for (const Variable& member : read_variables(tree, declaration)) {
        Record& owner = tree.records[record];
        owner.has_object_head |= owner.fields.empty() && is_written_out_head(member);
        if (member.storage != Storage::Static) {
            owner.fields.push_back(member);
        }
    }
}

void close_record(Tree& tree, uint32_t record, uint32_t after, Range specifiers, const uint32_t* enclosing) {
    uint32_t stop = std::min<uint32_t>(after + kLongestTail, static_cast<uint32_t>(tree.code.tokens.size()));
    stop = find_outside_brackets(tree, {after, stop}, ";");
    bool is_typedef = has_word(tree, specifiers, "typedef");
    if (is_typedef) {
        tree.records[record].alias = alias(tree, {after, stop});
        return;
    }
    std::vector<Variable> variables = read_variables_after(tree, {after, stop}, specifiers, tree.records[record].name);
    if (enclosing == nullptr) {
        tree.globals.insert(tree.globals.end(), variables.begin(), variables.end());
        return;
    }
    if (after == stop) { // the members of an anonymous struct or union are those of the record around it
        variables = tree.records[record].name.empty() ? tree.records[record].fields : variables;
    }
    auto& members = tree.records[*enclosing].fields;
    members.insert(members.end(), variables.begin(), variables.end());
}

} // namespace ungil::scan
