#include "scan/bind.hpp"
#include "scan/conditions.hpp"
#include "scan/seen_types.hpp"
#include "scan/states.hpp"

namespace ungil::scan {
namespace {

const char* origin_name(Origin origin) {
    switch (origin) {
    case Origin::Local:
        return "local";
    case Origin::Parameter:
        return "parameter";
    case Origin::Static:
        return "static";
    case Origin::Field:
        return "field";
    case Origin::Result:
        return "result";
    case Origin::Other:
        break;
    }
    return "other";
}

nb::list producers(const ValueHandle& v) {
    nb::list result;
    for (std::string_view name : v.value.producers) {
        result.append(text(name));
    }
    return result;
}

nb::list reached(const ValueHandle& v) {
    nb::list result;
    for (std::string_view name : v.value.reached) {
        result.append(text(name));
    }
    return result;
}

nb::list handed(const ValueHandle& v) {
    nb::list result;
    for (const Recipient& h : v.value.handed) {
        result.append(nb::make_tuple(text(h.callee), h.argument, h.by_address));
    }
    return result;
}

} // namespace

nb::list known(const FunctionHandle& function, uint32_t node) {
    nb::list result;
    for (const Fact& fact : facts_at(function.file.tree(), function.function(), node)) {
        result.append(nb::make_tuple(text(fact.predicate), text(fact.subject), fact.holds));
    }
    return result;
}

void bind_calls(nb::module_& m) {
    nb::class_<CallHandle>(m, "Call")
        .def_ro("function", &CallHandle::function)
        .def_prop_ro("name", [](const CallHandle& c) { return text(c.call().name); })
        .def_prop_ro("span", [](const CallHandle& c) { return token_span(c.function.file.tree(), c.call().token); })
        .def_prop_ro("arguments", [](const CallHandle& c) { return values(c.function, c.call().arguments); })
        .def_prop_ro("is_only_tested",
                     [](const CallHandle& c) { return is_only_tested(c.function.file.tree(), c.call()); })
        .def_prop_ro(
            "is_statement",
            [](const CallHandle& c) { return is_statement(c.function.file.tree(), c.function.function(), c.call()); })
        .def_prop_ro("is_member", [](const CallHandle& c) { return c.call().member; })
        .def_prop_ro("receiver", [](const CallHandle& c) { return text(receiver(c)); })
        .def_prop_ro("qualifier", [](const CallHandle& c) { return text(qualifier(c)); })
        .def_prop_ro("is_detached", [](const CallHandle& c) { return is_detached(c.function, c.call().token); })
        .def_prop_ro("conditions",
                     [](const CallHandle& c) { return conditions(c.function.file.tree(), c.call().token); })
        .def_prop_ro("known", [](const CallHandle& c) { return known(c.function, c.call().node); })
        .def_prop_ro("target", [](const CallHandle& c) { return text(target_of(c.function.file.tree(), c.call())); })
        .def_prop_ro("comparison",
                     [](const CallHandle& c) { return text(comparison_of(c.function.file.tree(), c.call())); })
        .def_prop_ro("locks", [](const CallHandle& c) { return locks_at(c.function, c.call().token); });
    nb::class_<ValueHandle>(m, "Value")
        .def_prop_ro("text", [](const ValueHandle& v) { return text(v.value.text); })
        .def_prop_ro("object", [](const ValueHandle& v) { return text(v.value.object); })
        .def_prop_ro("origin", [](const ValueHandle& v) { return origin_name(v.value.origin); })
        .def_prop_ro("name", [](const ValueHandle& v) { return text(v.value.name); })
        .def_prop_ro("parameter", [](const ValueHandle& v) { return v.value.parameter; })
        .def_prop_ro("producers", &producers)
        .def_prop_ro("handed", &handed)
        .def_prop_ro("stored", [](const ValueHandle& v) { return v.value.stored; })
        .def_prop_ro("reached", &reached)
        .def_prop_ro("on_stack", [](const ValueHandle& v) { return v.value.on_stack; });
}

} // namespace ungil::scan
