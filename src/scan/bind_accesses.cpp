#include "scan/bind.hpp"
#include "scan/declarator.hpp"

namespace ungil::scan {
namespace {

const char* kind_name(AccessKind kind) {
    switch (kind) {
    case AccessKind::Write:
        return "write";
    case AccessKind::Update:
        return "update";
    case AccessKind::Swap:
        return "swap";
    case AccessKind::Address:
        return "address";
    case AccessKind::Atomic:
        return "atomic";
    case AccessKind::Read:
        break;
    }
    return "read";
}

const char* says_name(Says says) {
    return says == Says::IsEmpty ? "empty" : says == Says::IsSet ? "set" : "";
}

const Node& statement(const AccessHandle& a) {
    return a.tree().functions[a.access.place.function].nodes[a.access.node];
}

// `++` and `--` stand on either side.
std::string_view update_operator(const AccessHandle& a) {
    Range chain = a.access.what.chain;
    if (a.access.what.kind != AccessKind::Update || !a.access.what.method.empty()) {
        return {};
    }
    std::string_view before = chain.first > 0 ? a.tree().word(chain.first - 1) : std::string_view();
    return before == "++" || before == "--" ? before : a.tree().word(chain.last);
}

// What a write stores; `a = b = c` stores what b is set to.
nb::object stored(const AccessHandle& a) {
    if (a.access.what.value == 0) {
        return nb::none();
    }
    const Tree& tree = a.tree();
    Range value{a.access.what.value, statement(a).tokens.last};
    for (uint32_t i = value.first; i < value.last; ++i) {
        std::string_view w = tree.word(i);
        if (w == "," || w == ";" || w == ")" || w == "]" || w == "}" || w == "=") {
            value.last = i;
        } else if (w == "(" || w == "[" || w == "{") {
            i = tree.after(i) - 1;
        }
    }
    FunctionHandle function = a.function();
    return nb::cast(ValueHandle{function, describe(tree, function.function(), function.body(), value)});
}

bool is_tested(const AccessHandle& a) {
    NodeKind kind = statement(a).kind;
    bool condition = kind == NodeKind::If || kind == NodeKind::Loop || kind == NodeKind::Switch;
    return condition || a.tree().word(a.access.what.chain.last) == "?";
}

nb::object given_at(const AccessHandle& a) {
    if (!a.access.is_given) {
        return nb::none();
    }
    return nb::cast(token_span(*a.of.project->files()[a.access.given_by.file].tree, a.access.given_at));
}

nb::object given_by(const AccessHandle& a) {
    if (!a.access.is_given) {
        return nb::none();
    }
    return nb::cast(FunctionHandle{{a.of, a.access.given_by.file}, a.access.given_by.function});
}

} // namespace

void bind_accesses(nb::module_& m) {
    nb::class_<AccessHandle>(m, "Access")
        .def_prop_ro("function", &AccessHandle::function)
        .def_prop_ro("span", [](const AccessHandle& a) { return token_span(a.tree(), a.access.token); })
        .def_prop_ro("kind", [](const AccessHandle& a) { return kind_name(a.access.what.kind); })
        .def_prop_ro("says", [](const AccessHandle& a) { return says_name(a.access.what.says); })
        .def_prop_ro("text", [](const AccessHandle& a) { return text(a.tree().source(a.access.what.chain)); })
        .def_prop_ro("index", [](const AccessHandle& a) { return text(a.tree().source(a.access.what.index)); })
        .def_prop_ro("field", [](const AccessHandle& a) { return text(a.access.what.field); })
        .def_prop_ro("method", [](const AccessHandle& a) { return text(a.access.what.method); })
        .def_prop_ro("operator", [](const AccessHandle& a) { return text(update_operator(a)); })
        .def_prop_ro("callee", [](const AccessHandle& a) { return text(a.access.what.callee); })
        .def_prop_ro("argument", [](const AccessHandle& a) { return a.access.what.argument; })
        .def_prop_ro("is_part", [](const AccessHandle& a) { return a.access.what.part; })
        .def_prop_ro("is_deep", [](const AccessHandle& a) { return a.access.what.deep; })
        .def_prop_ro("is_tested", &is_tested)
        .def_prop_ro("statement", [](const AccessHandle& a) { return a.access.node; })
        .def_prop_ro("runs_alone", [](const AccessHandle& a) { return a.access.alone; })
        .def_prop_ro("value", &stored)
        .def_prop_ro("given_by", &given_by)
        .def_prop_ro("given_at", &given_at)
        .def_prop_ro("locks", [](const AccessHandle& a) { return locks_at(a); });
}

} // namespace ungil::scan
