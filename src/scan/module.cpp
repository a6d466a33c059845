// Python.h comes first: it sets macros that the standard library's headers read.
#include <nanobind/nanobind.h>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "module_once.hpp"
#include "scan/declarator.hpp"
#include "scan/queries.hpp"

namespace nb = nanobind;

namespace ungil::scan {
namespace {

constexpr size_t kLargestSource = UINT32_MAX - 1; // offsets are 32 bits wide

// Sources are bytes; what is not UTF-8 shows as U+FFFD rather than stopping the audit.
nb::str text(std::string_view bytes) {
    PyObject* decoded = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace");
    if (decoded == nullptr) {
        throw nb::python_error();
    }
    return nb::steal<nb::str>(decoded);
}

template <typename Handle, typename Parent, typename Items>
std::vector<Handle> handles(const Parent& of, const Items& items) {
    std::vector<Handle> result;
    for (uint32_t i = 0; i < items.size(); ++i) {
        result.push_back({of, i});
    }
    return result;
}

std::vector<CallHandle> calls_to(const FileHandle& file, const nb::set& names) {
    std::unordered_map<std::string, bool> wanted;
    for (nb::handle name : names) {
        wanted.emplace(nb::cast<std::string>(name), true);
    }
    std::vector<CallHandle> found;
    std::string name;
    for (uint32_t f = 0; f < file.tree().functions.size(); ++f) {
        const auto& calls = file.facts().bodies[f].calls;
        for (uint32_t i = 0; i < calls.size(); ++i) {
            if (wanted.count(name.assign(calls[i].name)) != 0) {
                found.push_back({{file, f}, i});
            }
        }
    }
    return found;
}

// The names in a macro's body; None if the file defines no such macro.
nb::object macro(const FileHandle& file, const std::string& name) {
    const auto& macros = file.tree().code.macros;
    auto found = macros.find(name);
    if (found == macros.end()) {
        return nb::none();
    }
    nb::list names;
    for (std::string_view word : found->second.words) {
        names.append(text(word));
    }
    return names;
}

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

nb::list handed(const ValueHandle& v) {
    nb::list result;
    for (const Recipient& h : v.value.handed) {
        result.append(nb::make_tuple(text(h.callee), h.argument, h.by_address));
    }
    return result;
}

ProjectHandle scan(const nb::list& sources, unsigned threads) {
    std::vector<Source> read;
    for (nb::handle item : sources) {
        auto source = nb::cast<nb::tuple>(item);
        auto bytes = nb::cast<nb::bytes>(source[1]);
        if (bytes.size() > kLargestSource) {
            throw nb::value_error("a source of 4 GiB or more cannot be read");
        }
        auto language = nb::cast<bool>(source[2]) ? Language::Cxx : Language::C;
        read.push_back({nb::cast<std::string>(source[0]), std::string(bytes.c_str(), bytes.size()), language});
    }
    nb::gil_scoped_release detached;
    return {std::make_shared<const Project>(std::move(read), threads)};
}

void bind_places(nb::module_& m) {
    nb::class_<Span>(m, "Span")
        .def_prop_ro("line", [](const Span& s) { return s.first.line; })
        .def_prop_ro("column", [](const Span& s) { return s.first.column; })
        .def_prop_ro("end_line", [](const Span& s) { return s.last.line; })
        .def_prop_ro("end_column", [](const Span& s) { return s.last.column; });
    nb::class_<FileHandle>(m, "File")
        .def_prop_ro("path", [](const FileHandle& f) { return f.facts().path; })
        .def_prop_ro("lines", [](const FileHandle& f) { return f.tree().text.lines(); })
        .def_prop_ro("functions", [](const FileHandle& f) { return handles<FunctionHandle>(f, f.tree().functions); })
        .def_prop_ro("variables", &variables)
        .def_prop_ro("unread_tokens", [](const FileHandle& f) { return f.tree().code.unread; })
        .def_prop_ro("excluded_tokens", [](const FileHandle& f) { return f.tree().code.excluded; })
        .def_prop_ro("tokens", [](const FileHandle& f) { return f.tree().code.tokens.size(); })
        .def_prop_ro("unterminated", [](const FileHandle& f) { return f.tree().unterminated; })
        .def_prop_ro("unclear_braces", [](const FileHandle& f) { return f.tree().unclear; })
        .def("calls_to", &calls_to)
        .def("macro", &macro);
}

void bind_functions(nb::module_& m) {
    nb::class_<FunctionHandle>(m, "Function")
        .def_ro("file", &FunctionHandle::file)
        .def_prop_ro("key", [](const FunctionHandle& f) { return std::make_pair(f.file.index, f.index); })
        .def_prop_ro("name", [](const FunctionHandle& f) { return text(f.function().name); })
        .def_prop_ro("scope", [](const FunctionHandle& f) { return text(f.function().scope); })
        .def_prop_ro("span", [](const FunctionHandle& f) { return token_span(f.file.tree(), f.function().name_token); })
        .def_prop_ro("is_static", [](const FunctionHandle& f) { return f.function().is_static; })
        .def_prop_ro("only_initialises",
                     [](const FunctionHandle& f) { return bool(f.file.facts().only_initialises[f.index]); })
        .def_prop_ro("is_finaliser", [](const FunctionHandle& f) { return f.used_as(kFinaliser); })
        .def_prop_ro("takes_keywords", [](const FunctionHandle& f) { return f.used_as(kKeywords); })
        .def_prop_ro("is_called_only",
                     [](const FunctionHandle& f) { return !f.used_as(kTable | kAddress | kInitialiser | kFinaliser); })
        .def_prop_ro("callers", &callers)
        .def_prop_ro("returns", &returns)
        .def("resolve", &resolve)
        .def_prop_ro("calls", [](const FunctionHandle& f) { return handles<CallHandle>(f, f.body().calls); })
        .def_prop_ro("exits", [](const FunctionHandle& f) { return handles<ExitHandle>(f, f.body().exits); })
        .def_prop_ro("lazy_fills",
                     [](const FunctionHandle& f) { return handles<LazyFillHandle>(f, f.body().lazy_fills); });
    nb::class_<CallHandle>(m, "Call")
        .def_ro("function", &CallHandle::function)
        .def_prop_ro("name", [](const CallHandle& c) { return text(c.call().name); })
        .def_prop_ro("span", [](const CallHandle& c) { return token_span(c.function.file.tree(), c.call().token); })
        .def_prop_ro("arguments", [](const CallHandle& c) { return values(c.function, c.call().arguments); })
        .def_prop_ro("is_only_tested",
                     [](const CallHandle& c) { return is_only_tested(c.function.file.tree(), c.call()); })
        .def_prop_ro("locks", [](const CallHandle& c) { return locks_at(c.function, c.call().token); });
    nb::class_<ValueHandle>(m, "Value")
        .def_prop_ro("text", [](const ValueHandle& v) { return text(v.value.text); })
        .def_prop_ro("object", [](const ValueHandle& v) { return text(v.value.object); })
        .def_prop_ro("origin", [](const ValueHandle& v) { return origin_name(v.value.origin); })
        .def_prop_ro("name", [](const ValueHandle& v) { return text(v.value.name); })
        .def_prop_ro("parameter", [](const ValueHandle& v) { return v.value.parameter; })
        .def_prop_ro("producers", &producers)
        .def_prop_ro("handed", &handed)
        .def_prop_ro("stored", [](const ValueHandle& v) { return v.value.stored; });
}

void bind_state(nb::module_& m) {
    nb::class_<LockHandle>(m, "Lock")
        .def_prop_ro("is_critical_section",
                     [](const LockHandle& l) { return l.lock().kind == LockKind::CriticalSection; })
        .def_prop_ro("span", [](const LockHandle& l) { return token_span(l.function.file.tree(), l.lock().token); })
        .def_prop_ro("operands", [](const LockHandle& l) { return values(l.function, l.lock().operands); });
    nb::class_<ExitHandle>(m, "Exit")
        .def_ro("function", &ExitHandle::function)
        .def_prop_ro("text", [](const ExitHandle& e) { return text(e.function.file.tree().word(e.exit().token)); })
        .def_prop_ro("span", [](const ExitHandle& e) { return token_span(e.function.file.tree(), e.exit().token); })
        .def_prop_ro("lock", [](const ExitHandle& e) { return LockHandle{e.function, e.exit().lock}; });
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

} // namespace
} // namespace ungil::scan

UNGIL_MODULE(_scan, m) {
    using namespace ungil::scan;
    m.doc() = "The C and C++ front-end: text to facts, many files at once, detached from the interpreter.";
    bind_places(m);
    bind_functions(m);
    bind_state(m);
    nb::class_<ProjectHandle>(m, "Project").def_prop_ro("files", [](const ProjectHandle& p) {
        return handles<FileHandle>(p, p.project->files());
    });
    m.def("scan", &scan, nb::arg("sources"), nb::arg("threads"));
}
