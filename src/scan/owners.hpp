#pragma once

#include "scan/body.hpp"

namespace ungil::scan {

// Where the object that a pointer leads to comes from, as far as its own function tells.
enum class Birth : uint8_t { Shared, Fresh, Parameter };

struct Owner {
    Birth birth = Birth::Shared;
    int32_t parameter = -1; // of Parameter
    std::string_view field; // it is what this field of the parameter's object holds; empty for the object itself
    std::string_view type;  // as declared, or as a cast says
};

// Answers for one function.
class Owners {
  public:
    Owners(const Tree& tree, const Function& function, const Body& body)
        : tree_(tree), function_(function), body_(body) {}

    // Of a variable that is dereferenced at a token.
    Owner of(std::string_view variable, uint32_t at) {
        at_ = at;
        return variable_owner(variable, kDepth);
    }

    // Of what `object->field` points to, where this function itself has put it there.
    Owner stored_in(std::string_view field) const;

    // Of an argument or another expression.
    Owner of(Range expression) {
        at_ = expression.first;
        return expression_owner(expression, kDepth);
    }

  private:
    static constexpr int kDepth = 6; // of variables that stand for one another

    Owner variable_owner(std::string_view name, int depth) const;
    Owner local_owner(const Variable& local, int depth) const;
    Owner expression_owner(Range expression, int depth) const;
    Owner call_owner(Range expression, int depth) const;

    const Tree& tree_;
    const Function& function_;
    const Body& body_;
    uint32_t at_ = 0; // where the question is asked: later assignments do not count
};

} // namespace ungil::scan
