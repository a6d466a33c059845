#include "scan/value.hpp"

#include "scan/declarator.hpp"

#include <algorithm>

namespace ungil::scan {
namespace {

// `x` alone, whatever it is cast to.
bool is_variable(const Tree& tree, Range range, std::string_view name) {
    range = strip_casts(tree, range);
    return range.size() == 1 && tree.word(range.first) == name;
}

bool is_address_of(const Tree& tree, Range range, std::string_view name) {
    range = strip_casts(tree, range);
    return range.size() == 2 && tree.word(range.first) == "&" && tree.word(range.first + 1) == name;
}

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
        range = strip_casts(tree_, range);
        Value value{tree_.source(range), Origin::Other, {}, 0, {}, {}, false};
        if (range.size() == 1 && tree_.is_name(range.first)) {
            value.name = tree_.word(range.first);
            variable(value);
        } else if (is_field(range)) {
            value.origin = Origin::Field;
            value.name = tree_.word(range.last - 1);
        } else if (std::string_view callee = called(tree_, range); !callee.empty()) {
            value.origin = Origin::Result;
            value.name = callee;
        }
        return value;
    }

  private:
    bool is_field(Range range) const {
        if (range.size() < 3 || !tree_.is_name(range.last - 1))
            return false;
        std::string_view before = tree_.word(range.last - 2);
        return before == "->" || before == ".";
    }

    void variable(Value& value) const {
        if (const Variable* local = find_variable(body_.locals, value.name)) {
            value.origin = local->storage == Storage::Automatic ? Origin::Local : Origin::Static;
            if (value.origin == Origin::Local)
                history(value);
            return;
        }
        const auto& parameters = function_.parameters;
        auto parameter =
            std::find_if(parameters.begin(), parameters.end(), [&](auto& p) { return p.name == value.name; });
        if (parameter != parameters.end()) {
            value.origin = Origin::Parameter;
            value.parameter = static_cast<uint32_t>(parameter - parameters.begin());
        } else if (find_variable(tree_.globals, value.name) != nullptr) {
            value.origin = Origin::Static;
        }
    }

    // Flow-insensitive where a value comes from (a loop may bring any of them here), by position where it goes to.
    void history(Value& value) const {
        for (const Assignment& assignment : body_.assignments) {
            if (assignment.target == value.name && !assignment.member && !is_null(tree_, assignment.value))
                value.producers.push_back(called(tree_, assignment.value));
            else if (assignment.token < token_ && is_variable(tree_, assignment.value, value.name))
                value.stored = true;
        }
        for (const Call& call : body_.calls) {
            if (call.token >= token_)
                break;
            hand_overs(call, value);
        }
    }

    void hand_overs(const Call& call, Value& value) const {
        uint32_t index = 0;
        for (Range argument : split(tree_, call.arguments, ",")) {
            bool by_address = is_address_of(tree_, argument, value.name);
            if (by_address)
                value.producers.push_back(call.name);
            if (by_address || is_variable(tree_, argument, value.name))
                value.handed.push_back({call.name, index, by_address});
            ++index;
        }
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
