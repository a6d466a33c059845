#include "scan/value.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// More uses of one variable in one function than any person writes; past it the variable counts as stored, that is
// shared.
constexpr size_t kMaximumUses = 256;

// How many locals in a row are followed to where their value comes from, and how many ways are told.
constexpr int kAliases = 3;
constexpr size_t kMaximumWays = 16;

// The function that `f(...)` calls, or nothing if the range is not one call.
std::string_view called(const Tree& tree, Range range) {
    range = strip_casts(tree, range);
    bool call = range.size() >= 3 && tree.is_name(range.first) && tree.word(range.first + 1) == "(" &&
                tree.after(range.first + 1) == range.last;
    return call ? tree.word(range.first) : std::string_view();
}

class Describer {
  public:
    Describer(const Tree& tree, const Function& function, const Body& body, uint32_t token)
        : tree_(tree), function_(function), body_(body), token_(token) {}

    Value run(Range range) {
        range = strip_handle(strip_casts(tree_, range));
        Value value{tree_.source(range), canonical(range), Origin::Other, {}, -1, {}, {}, false, {}, false};
        if (range.size() == 2 && tree_.word(range.first) == "&" && is_struct(range.first + 1)) {
            value.name = tree_.word(range.first + 1);
            value.origin = Origin::Local;
            value.on_stack = true;
            history(value);
        } else if (range.size() == 1 && tree_.is_name(range.first)) {
            value.name = tree_.word(range.first);
            variable(value);
        } else if (is_field(range)) {
            value.origin = Origin::Field;
            value.parameter = parameter_index(value.object);
            value.name = tree_.word(range.last - 1);
            value.on_stack = tree_.word(range.first + 1) == "." && is_struct(range.first);
        } else if (std::string_view callee = called(tree_, range); !callee.empty()) {
            value.origin = Origin::Result;
            value.name = callee;
        }
        reach(value.reached, range, kAliases);
        return value;
    }

  private:
    // `counts.ptr()` is the object that nanobind's or pybind11's handle `counts` holds.
    Range strip_handle(Range range) const {
        bool handle = range.size() > 4 && tree_.word(range.last - 4) == "." && tree_.word(range.last - 3) == "ptr" &&
                      tree_.word(range.last - 2) == "(" && tree_.word(range.last - 1) == ")";
        return handle ? Range{range.first, range.last - 4} : range;
    }

    bool is_field(Range range) const {
        if (range.size() < 3 || !tree_.is_name(range.last - 1)) {
            return false;
        }
        std::string_view before = tree_.word(range.last - 2);
        return before == "->" || before == ".";
    }

    // A local that is a struct itself, not a pointer to one.
    bool is_struct(uint32_t token) const {
        const Variable* local = tree_.is_name(token) ? find_variable(body_.locals, tree_.word(token)) : nullptr;
        return local != nullptr && local->storage == Storage::Automatic && local->pointers == 0 && !local->is_array;
    }

    void reach(std::vector<std::string_view>& ways, Range range, int aliases) const {
        range = strip_handle(strip_casts(tree_, range));
        std::string_view callee = called(tree_, range);
        if (ways.size() >= kMaximumWays || is_null(tree_, range)) {
            return;
        }
        if (is_field(range)) {
            ways.push_back(tree_.word(range.last - 1));
        } else if (!callee.empty()) {
            ways.push_back(callee);
        } else if (range.size() == 1 && tree_.is_name(range.first)) {
            reach_variable(ways, tree_.word(range.first), aliases);
        } else {
            ways.push_back({});
        }
    }

    void reach_variable(std::vector<std::string_view>& ways, std::string_view name, int aliases) const {
        const Variable* local = find_variable(body_.locals, name);
        bool here = local != nullptr ? local->storage == Storage::Automatic : parameter_index(name) >= 0;
        if (!here) {
            ways.push_back(name);
            return;
        }
        auto assigned = body_.assigned.find(name);
        for (size_t i = 0; aliases > 0 && assigned != body_.assigned.end() && i < assigned->second.size() &&
                           ways.size() < kMaximumWays;
             ++i) {
            reach(ways, body_.assignments[assigned->second[i]].value, aliases - 1);
        }
        auto handed = body_.handed.find(name);
        for (size_t i = 0; handed != body_.handed.end() && i < std::min(handed->second.size(), kMaximumUses) &&
                           ways.size() < kMaximumWays;
             ++i) {
            if (handed->second[i].by_address) {
                ways.push_back(body_.calls[handed->second[i].call].name);
            }
        }
    }

    void variable(Value& value) const {
        if (const Variable* local = find_variable(body_.locals, value.name)) {
            value.origin = local->storage == Storage::Automatic ? Origin::Local : Origin::Static;
            if (value.origin == Origin::Local) {
                history(value);
            }
            return;
        }
        value.parameter = parameter_index(value.name);
        if (value.parameter >= 0) {
            value.origin = Origin::Parameter;
            history(value);
        } else if (find_variable(tree_.globals, value.name) != nullptr) {
            value.origin = Origin::Static;
        }
    }

    // The index of the parameter whose name the expression begins with, or -1.
    int32_t parameter_index(std::string_view expression) const {
        std::string_view first = expression.substr(0, expression.find_first_of("-.["));
        const auto& parameters = function_.parameters;
        auto found = std::find_if(parameters.begin(), parameters.end(), [&](auto& p) { return p.name == first; });
        return found == parameters.end() ? -1 : static_cast<int32_t>(found - parameters.begin());
    }

    // Flow-insensitive where a value comes from (a loop may bring any of them here), by position where it goes to.
    void history(Value& value) const {
        for (uint32_t index : uses(body_.assigned, value)) {
            const Assignment& assignment = body_.assignments[index];
            if (!is_null(tree_, assignment.value)) {
                value.producers.push_back(called(tree_, assignment.value));
            }
        }
        for (uint32_t index : uses(body_.passed_on, value)) {
            value.stored |= body_.assignments[index].token < token_;
        }
        for (const HandOver& hand : uses(body_.handed, value)) {
            const Call& call = body_.calls[hand.call];
            if (hand.by_address) {
                value.producers.push_back(call.name);
            }
            if (call.token < token_) {
                value.handed.push_back({call.name, hand.argument, hand.by_address});
            }
        }
    }

    template <typename Index>
    auto uses(const Index& index, Value& value) const -> typename Index::mapped_type {
        auto found = index.find(value.name);
        if (found == index.end()) {
            return {};
        }
        value.stored |= found->second.size() > kMaximumUses;
        auto end = found->second.begin() + static_cast<std::ptrdiff_t>(std::min(found->second.size(), kMaximumUses));
        return {found->second.begin(), end};
    }

    // `Shelf *self = (Shelf *)op;` makes self another name for op, as long as nothing else is ever assigned to it.
    std::string canonical(Range range) const {
        std::string text(tree_.source(range));
        std::string_view name = tree_.word(range.first);
        auto assigned = body_.assigned.find(name);
        bool once = tree_.is_name(range.first) && assigned != body_.assigned.end() && assigned->second.size() == 1;
        if (!once) {
            return text;
        }
        Range value = strip_casts(tree_, body_.assignments[assigned->second.front()].value);
        if (value.size() != 1 || !tree_.is_name(value.first)) {
            return text;
        }
        return std::string(tree_.word(value.first)) + text.substr(name.size());
    }

    const Tree& tree_;
    const Function& function_;
    const Body& body_;
    uint32_t token_;
};

} // namespace

Value describe(const Tree& tree, const Function& function, const Body& body, Range expression) {
    return Describer(tree, function, body, expression.first).run(expression);
}

} // namespace ungil::scan
