#include "scan/bind.hpp"

namespace ungil::scan {
namespace {

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
