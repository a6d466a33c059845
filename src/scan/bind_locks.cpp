#include "scan/bind.hpp"
#include "scan/owners.hpp"
#include "scan/stale_uses.hpp"
#include "scan/unnamed_guards.hpp"

#include <unordered_set>

namespace ungil::scan {
namespace {

struct StaleUseHandle {
    FunctionHandle function;
    StaleUse stale;

    const Tree& tree() const { return function.file.tree(); }
};

const char* kind_name(StaleKind kind) {
    switch (kind) {
    case StaleKind::Write:
        return "write";
    case StaleKind::Index:
        return "index";
    case StaleKind::Bound:
        break;
    }
    return "bound";
}

std::vector<StaleUseHandle> stale_uses(const FileHandle& file) {
    std::vector<StaleUseHandle> found;
    for (uint32_t f = 0; f < file.facts().bodies.size(); ++f) {
        for (const StaleUse& stale : find_stale_uses(file.facts(), f)) {
            found.push_back({{file, f}, stale});
        }
    }
    return found;
}

// Each function that sets one of the fields, other than in an object that it has just made.
std::vector<nb::tuple> field_changes(const FileHandle& file, const nb::set& names) {
    std::unordered_set<std::string> wanted;
    for (nb::handle name : names) {
        wanted.insert(nb::cast<std::string>(name));
    }
    std::vector<nb::tuple> found;
    const Tree& tree = file.tree();
    for (uint32_t f = 0; f < file.facts().bodies.size(); ++f) {
        const Body& body = file.facts().bodies[f];
        for (const FieldAccess& access : body.accesses) {
            bool sets = access.kind == FieldAction::Write || access.kind == FieldAction::Update ||
                        access.kind == FieldAction::Release;
            std::string_view name = tree.word(access.field);
            if (sets && !access.deeper && wanted.count(std::string(name)) != 0 &&
                Owners(tree, tree.functions[f], body).of(access.variable, access.first).birth != Birth::Fresh) {
                found.push_back(nb::make_tuple(text(name), FunctionHandle{file, f}));
            }
        }
    }
    return found;
}

std::vector<CallHandle> calls_between(const StaleUseHandle& handle) {
    std::vector<CallHandle> found;
    const auto& calls = handle.function.body().calls;
    for (uint32_t i = 0; i < calls.size(); ++i) {
        if (handle.stale.between.contains(calls[i].token)) {
            found.push_back({handle.function, i});
        }
    }
    return found;
}

std::vector<nb::tuple> unnamed_guards(const FileHandle& file) {
    std::vector<nb::tuple> found;
    for (const UnnamedGuard& guard : find_unnamed_guards(file.tree())) {
        nb::str type = text(file.tree().word(guard.token));
        found.push_back(
            nb::make_tuple(FunctionHandle{file, guard.function}, type, token_span(file.tree(), guard.token)));
    }
    return found;
}

// The calls that are made while the lock is held, the one that takes it apart.
std::vector<CallHandle> calls_under(const LockHandle& handle) {
    std::vector<CallHandle> found;
    const auto& calls = handle.function.body().calls;
    const Lock& lock = handle.lock();
    for (uint32_t i = 0; i < calls.size(); ++i) {
        if (calls[i].token != lock.token && lock.holds(calls[i].token)) {
            found.push_back({handle.function, i});
        }
    }
    return found;
}

} // namespace

void bind_stale_uses(nb::module_& m) {
    nb::class_<StaleUseHandle>(m, "StaleUse")
        .def_ro("function", &StaleUseHandle::function)
        .def_prop_ro("kind", [](const StaleUseHandle& s) { return kind_name(s.stale.kind); })
        .def_prop_ro("field", [](const StaleUseHandle& s) { return text(s.stale.field); })
        .def_prop_ro("read", [](const StaleUseHandle& s) { return token_span(s.tree(), s.stale.read); })
        .def_prop_ro("span", [](const StaleUseHandle& s) { return token_span(s.tree(), s.stale.use); })
        .def_prop_ro("calls", &calls_between);
    m.def("stale_uses", &stale_uses);
    m.def("unnamed_guards", &unnamed_guards);
    m.def("field_changes", &field_changes);
}

void bind_locks(nb::module_& m) {
    nb::class_<LockHandle>(m, "Lock")
        .def_prop_ro("is_critical_section",
                     [](const LockHandle& l) { return l.lock().kind == LockKind::CriticalSection; })
        .def_ro("function", &LockHandle::function)
        .def_prop_ro("is_annotation", [](const LockHandle& l) { return l.lock().form == LockForm::Annotation; })
        .def_prop_ro("is_released", [](const LockHandle& l) { return l.lock().released; })
        .def_prop_ro("verb", [](const LockHandle& l) { return text(l.function.file.tree().word(l.lock().token)); })
        .def_prop_ro("locks", [](const LockHandle& l) { return locks_at(l.function, l.lock().token); })
        .def_prop_ro("calls", &calls_under)
        .def_prop_ro("is_guard", [](const LockHandle& l) { return l.lock().form == LockForm::Guard; })
        .def_prop_ro("is_guessed", [](const LockHandle& l) { return l.lock().guessed; })
        .def_prop_ro("tries", [](const LockHandle& l) { return l.lock().tries; })
        .def_prop_ro("name", [](const LockHandle& l) { return text(l.lock().name); })
        .def_prop_ro("span", [](const LockHandle& l) { return token_span(l.function.file.tree(), l.lock().token); })
        .def_prop_ro("operands", [](const LockHandle& l) { return values(l.function, l.lock().operands); });
    nb::class_<ExitHandle>(m, "Exit")
        .def_ro("function", &ExitHandle::function)
        .def_prop_ro("text", [](const ExitHandle& e) { return text(e.function.file.tree().word(e.exit().token)); })
        .def_prop_ro("span", [](const ExitHandle& e) { return token_span(e.function.file.tree(), e.exit().token); })
        .def_prop_ro("lock", [](const ExitHandle& e) { return LockHandle{e.function, e.exit().lock}; });
}

} // namespace ungil::scan
