#include "scan/bind.hpp"
#include "scan/declarator.hpp"

namespace ungil::scan {
namespace {

nb::list words(const Tree& tree, Range range) {
    nb::list result;
    for (uint32_t i = range.first; i < range.last; ++i) {
        result.append(text(tree.word(i)));
    }
    return result;
}

// `{ {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL} }` as the tokens of each entry.
nb::list entries(const VariableHandle& variable) {
    nb::list result;
    const Tree& tree = variable.file.tree();
    Range initializer = variable.variable->initializer;
    if (tree.word(initializer.first) != "{") {
        return result;
    }
    for (Range entry : split(tree, {initializer.first + 1, tree.after(initializer.first) - 1}, ",")) {
        result.append(words(tree, entry));
    }
    return result;
}

} // namespace

void bind_variables(nb::module_& m) {
    nb::class_<VariableHandle>(m, "Variable")
        .def_ro("file", &VariableHandle::file)
        .def_prop_ro("name", [](const VariableHandle& v) { return text(v.variable->name); })
        .def_prop_ro("type", [](const VariableHandle& v) { return text(v.variable->type); })
        .def_prop_ro("pointers", [](const VariableHandle& v) { return v.variable->pointers; })
        .def_prop_ro("span", [](const VariableHandle& v) { return token_span(v.file.tree(), v.variable->token); })
        .def_prop_ro("entries", &entries);
    nb::class_<LazyFillHandle>(m, "LazyFill")
        .def_ro("function", &LazyFillHandle::function)
        .def_prop_ro("variable",
                     [](const LazyFillHandle& l) { return VariableHandle{l.function.file, l.fill().variable}; })
        .def_prop_ro("test", [](const LazyFillHandle& l) { return token_span(l.function.file.tree(), l.fill().test); })
        .def_prop_ro("span",
                     [](const LazyFillHandle& l) { return token_span(l.function.file.tree(), l.fill().assignment); })
        .def_prop_ro("locks", &locks_at_both);
}

} // namespace ungil::scan
