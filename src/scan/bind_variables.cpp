#include "scan/bind.hpp"
#include "scan/declarator.hpp"
#include "scan/storage.hpp"

#include <functional>

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

nb::list bases(const RecordHandle& r) {
    nb::list result;
    for (std::string_view name : r.record().bases) {
        result.append(text(name));
    }
    return result;
}

std::vector<VariableHandle> fields(const RecordHandle& r) {
    std::vector<VariableHandle> result;
    for (const Variable& field : r.record().fields) {
        result.push_back({r.file, &field});
    }
    return result;
}

const MutableStatic* facts(const VariableHandle& variable) {
    return variable.file.of.project->statics().find(variable.variable);
}

// A local is no element of the file's vector of globals.
bool is_local(const VariableHandle& v) {
    const auto& globals = v.file.tree().globals;
    return globals.empty() || std::less<>()(v.variable, globals.data()) ||
           !std::less<>()(v.variable, globals.data() + globals.size());
}

} // namespace

void bind_variables(nb::module_& m) {
    nb::class_<RecordHandle>(m, "Record")
        .def_ro("file", &RecordHandle::file)
        .def_prop_ro("name", [](const RecordHandle& r) { return text(r.record().name); })
        .def_prop_ro("alias", [](const RecordHandle& r) { return text(r.record().alias); })
        .def_prop_ro("bases", &bases)
        .def_prop_ro("fields", &fields)
        .def_prop_ro("has_object_head", [](const RecordHandle& r) { return r.record().has_object_head; })
        .def_prop_ro("span", [](const RecordHandle& r) { return token_span(r.file.tree(), r.record().token); });
    nb::class_<VariableHandle>(m, "Variable")
        .def_ro("file", &VariableHandle::file)
        .def_prop_ro("name", [](const VariableHandle& v) { return text(v.variable->name); })
        .def_prop_ro("type", [](const VariableHandle& v) { return text(v.variable->type); })
        .def_prop_ro("is_array", [](const VariableHandle& v) { return v.variable->is_array; })
        .def_prop_ro("is_const", [](const VariableHandle& v) { return v.variable->is_const; })
        .def_prop_ro("is_mutable", [](const VariableHandle& v) { return v.variable->is_mutable; })
        .def_prop_ro("pointers", [](const VariableHandle& v) { return v.variable->pointers; })
        .def_prop_ro("span", [](const VariableHandle& v) { return token_span(v.file.tree(), v.variable->token); })
        .def_prop_ro("is_local", &is_local)
        .def_prop_ro("is_initialized", [](const VariableHandle& v) { return !v.variable->initializer.empty(); })
        .def_prop_ro("initializer",
                     [](const VariableHandle& v) { return text(v.file.tree().source(v.variable->initializer)); })
        .def_prop_ro("declaration",
                     [](const VariableHandle& v) { return text(v.file.tree().source(v.variable->specifiers)); })
        .def_prop_ro("is_thread_local",
                     [](const VariableHandle& v) {
                         return v.variable->storage == Storage::ThreadLocal ||
                                (facts(v) != nullptr && facts(v)->is_thread_local);
                     })
        .def_prop_ro("is_atomic",
                     [](const VariableHandle& v) {
                         return is_atomic(v.file.tree(), *v.variable) || (facts(v) != nullptr && facts(v)->is_atomic);
                     })
        .def_prop_ro("is_volatile", [](const VariableHandle& v) { return is_volatile(v.file.tree(), *v.variable); })
        .def_prop_ro("is_synchroniser", [](const VariableHandle& v) { return is_synchroniser(v.variable->type); })
        .def_prop_ro("accesses", [](const VariableHandle& v) { return accesses(v); })
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
