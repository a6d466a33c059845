#include "scan/owners.hpp"

#include "scan/declarator.hpp"
#include "scan/words.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// More values than any person gives one variable; past it nothing is known of it.
constexpr size_t kMostValues = 16;

// Does a call of this name return something that was there before? Of the Python API the names say so; of other functions it
// is not known, and what is not known to be shared is taken for new.
bool hands_out(std::string_view callee) {
    bool python = callee.substr(0, 2) == "Py" || callee.substr(0, 3) == "_Py";
    return python && (contains(callee, "Get") || contains(callee, "GET") || contains(callee, "Item") ||
                      contains(callee, "ITEM") || contains(callee, "Next"));
}

bool passes_through(std::string_view callee) {
    return callee == "Py_NewRef" || callee == "Py_XNewRef" || callee == "std::move" || callee == "_PyObject_CAST" ||
           callee == "static_cast" || callee == "reinterpret_cast";
}

bool is_address(const Tree& tree, Range range) {
    return range.size() > 1 && tree.word(range.first) == "&";
}

} // namespace

Owner Owners::variable_owner(std::string_view name, int depth) const {
    if (const Variable* local = find_variable(body_.locals, name)) {
        return local_owner(*local, depth);
    }
    for (size_t i = 0; i < function_.parameters.size(); ++i) {
        if (function_.parameters[i].name == name) {
            return {Birth::Parameter, static_cast<int32_t>(i), {}, function_.parameters[i].type};
        }
    }
    return {};
}

// What a local was given last, in the order of the source.
Owner Owners::local_owner(const Variable& local, int depth) const {
    Owner shared{Birth::Shared, -1, {}, local.type};
    if (local.storage != Storage::Automatic || depth == 0) {
        return shared;
    }
    bool on_stack = local.pointers == 0 && !local.is_array && local.type != "auto" &&
                    tree_.word(local.token - 1) != "&" && !contains(tree_.source(local.specifiers), "&");
    auto assigned = body_.assigned.find(local.name);
    auto handed = body_.handed.find(local.name);
    bool filled_by_call = handed != body_.handed.end() && std::any_of(handed->second.begin(), handed->second.end(),
                                                                      [](const HandOver& h) { return h.by_address; });
    if (on_stack && (assigned == body_.assigned.end() || local.type != "PyObject")) {
        return {Birth::Fresh, -1, {}, local.type};
    }
    if (assigned == body_.assigned.end() || assigned->second.size() > kMostValues || filled_by_call) {
        return shared;
    }
    Owner owner = shared;
    for (auto index = assigned->second.rbegin(); index != assigned->second.rend(); ++index) {
        const Assignment& assignment = body_.assignments[*index];
        if (assignment.token < at_ && !is_null(tree_, assignment.value)) {
            owner = expression_owner(assignment.value, depth - 1);
            break;
        }
    }
    owner.type = local.type == "auto" || local.type == "PyObject" ? owner.type : local.type;
    return owner;
}

Owner Owners::stored_in(std::string_view field) const {
    Owner owner;
    size_t stores = 0;
    for (const Assignment& assignment : body_.assignments) {
        if (assignment.member && assignment.target == field) {
            owner = expression_owner(assignment.value, kDepth);
            ++stores;
        }
    }
    return stores == 1 ? owner : Owner{};
}

Owner Owners::expression_owner(Range expression, int depth) const {
    expression = strip_casts(tree_, expression);
    if (is_address(tree_, expression)) {
        expression = strip_casts(tree_, {expression.first + 1, expression.last});
        const Variable* local =
            expression.size() == 1 ? find_variable(body_.locals, tree_.word(expression.first)) : nullptr;
        if (local != nullptr && local->storage == Storage::Automatic) {
            return {Birth::Fresh, -1, {}, local->type};
        }
    }
    if (expression.empty() || depth == 0) {
        return {};
    }
    if (expression.size() == 1) {
        return tree_.is_name(expression.first) ? variable_owner(tree_.word(expression.first), depth) : Owner{};
    }
    uint32_t first = expression.first, next = first + 1;
    if (tree_.is_name(first) && tree_.word(next) == "(" && tree_.after(next) == expression.last) {
        return call_owner(expression, depth);
    }
    uint32_t object_end = tree_.word(first) == "("  ? tree_.after(first)
                          : tree_.word(next) == "(" ? tree_.after(next)
                                                    : next;
    bool chain = object_end + 1 < expression.last &&
                 (tree_.word(object_end) == "->" || tree_.word(object_end) == ".") && tree_.is_name(object_end + 1);
    if (!chain) {
        return {};
    }
    if (tree_.word(expression.last - 1) == ")") { // `type->tp_alloc(type, 0)`
        uint32_t open = tree_.code.partner[expression.last - 1];
        bool called = open > object_end && open < expression.last;
        return called && !hands_out(tree_.word(open - 1)) ? Owner{Birth::Fresh, -1, {}, {}} : Owner{};
    }
    Owner owner = expression_owner({first, object_end}, depth - 1);
    if (owner.birth == Birth::Parameter && owner.field.empty()) {
        owner.field = tree_.word(object_end + 1);
        owner.type = {};
    }
    return owner;
}

Owner Owners::call_owner(Range expression, int depth) const {
    std::string_view callee = tree_.word(expression.first);
    Range arguments{expression.first + 2, expression.last - 1};
    bool one_name = arguments.size() == 1 && tree_.is_name(arguments.first);
    bool macro = tree_.code.macros.count(callee) != 0 || contains(callee, "CAST") || contains(callee, "_cast");
    if (one_name && (passes_through(callee) || macro)) {
        return variable_owner(tree_.word(arguments.first), depth - 1);
    }
    return hands_out(callee) ? Owner{} : Owner{Birth::Fresh, -1, {}, {}};
}

} // namespace ungil::scan
