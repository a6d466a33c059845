#include "scan/bind.hpp"

namespace ungil::scan {

void bind_locks(nb::module_& m) {
    nb::class_<LockHandle>(m, "Lock")
        .def_prop_ro("is_critical_section",
                     [](const LockHandle& l) { return l.lock().kind == LockKind::CriticalSection; })
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
