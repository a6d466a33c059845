#include "scan/value.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// More uses of one variable in one function than any person writes; past it the variable counts as stored, that is
// shared.
constexpr size_t kMaximumUses = 256;

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
        Value value{tree_.source(range), canonical(range), Origin::Other, {}, -1, {}, {}, false};
        if (range.size() == 1 && tree_.is_name(range.first)) {
            value.name = tree_.word(range.first);
            variable(value);
        } else if (is_field(range)) {
            value.origin = Origin::Field;
            value.parameter = parameter_index(value.object);
            value.name = tree_.word(range.last - 1);
        } else if (std::string_view callee = called(tree_, range); !callee.empty()) {
            value.origin = Origin::Result;
            value.name = callee;
        }
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
