"""A method that the binding locks is also called around the binding, without that lock.

What it finds
    A method that is bound with ``nb::lock_self()``, and that another function which Python can enter calls on an
    object of the class, ``shelf.put(n)``, without a lock; where the method itself holds none. One finding for each
    method.

Why it is unsafe without the GIL
    ``nb::lock_self()`` guards the way from Python into the method, not the method. A call from C++ goes past it: one
    thread is in the method by way of Python, which holds the lock of the object, and another by way of the second
    function, which does not.

How to fix it
    Put the lock into the class: a mutex (``nb::ft_mutex``) that the method itself takes. Or lock the object in the
    other binding too: ``nb::arg("shelf").lock()``, or an ``nb::ft_object_guard`` around the call.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Binding, Call, Facts, MemberUse
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first such call of each method."""
    bindings = [b for file in (facts.files if facts.member_uses else ()) for b in file.bindings]
    locked = {(b.scope, b.name): b for b in bindings if b.locks_self}
    if not locked:
        return
    unlocked = {(b.scope, b.name) for b in bindings if not b.locks_self and not b.locked_arguments}
    writes: dict[tuple[str, str], MemberUse] = {}
    for use in facts.member_uses:
        if use.kind != "read" and not use.is_locked:
            writes.setdefault((use.type, use.method.name), use)
    wanted = {name for scope, name in locked if (scope, name) in writes}
    reported: set[tuple[str, str]] = set()
    for call in facts.calls_to(wanted) if wanted else ():
        key = (call.function.type_of(call.receiver) if call.is_member and call.receiver else "", call.name)
        if key in reported or key not in locked or key not in writes or not _goes_past(call, unlocked):
            continue
        reported.add(key)
        yield _finding(call, locked[key], writes[key])


def _goes_past(call: Call, unlocked: set[tuple[str, str]]) -> bool:
    function = call.function
    return not call.locks and function.is_bound and (function.scope, function.name) in unlocked


def _finding(call: Call, binding: Binding, write: MemberUse) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"{call.function.name}() calls {binding.scope}::{binding.name}() without the lock that its binding takes: "
        f"another thread is in it by way of Python, and both change '{write.field}'",
        fix="lock inside the class, or bind this function so that it locks the object too (nb::arg().lock())",
        confidence=Confidence.MEDIUM,
        evidence=(f"bound with nb::lock_self() in line {binding.span.line} of {binding.file.path}",),
    )


rule = Rule(
    code="UG711",
    slug="lock-self-bypassed",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a function that fills the object",
            """\
class Shelf {
  public:
    void put(int n) { items_.push_back(n); }

  private:
    std::vector<int> items_;
};

void fill(Shelf &shelf, int n) {
    for (int i = 0; i < n; ++i)
        shelf.put(i);  // <--
}

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("put", &Shelf::put, nb::lock_self());
    m.def("fill", &fill);
}
""",
            "example.cpp",
        ),
        Good(
            "the other binding locks the object too",
            """\
class Shelf {
  public:
    void put(int n) { items_.push_back(n); }

  private:
    std::vector<int> items_;
};

void fill(Shelf &shelf, int n) {
    for (int i = 0; i < n; ++i)
        shelf.put(i);
}

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("put", &Shelf::put, nb::lock_self());
    m.def("fill", &fill, nb::arg("shelf").lock(), nb::arg("n"));
}
""",
            "example.cpp",
        ),
        Good(
            "a lock of the class",
            """\
class Shelf {
  public:
    void put(int n) {
        nb::ft_lock_guard guard(mutex_);
        items_.push_back(n);
    }

  private:
    nb::ft_mutex mutex_;
    std::vector<int> items_;
};

void fill(Shelf &shelf, int n) {
    for (int i = 0; i < n; ++i)
        shelf.put(i);
}

NB_MODULE(spam, m) {
    nb::class_<Shelf>(m, "Shelf").def("put", &Shelf::put);
    m.def("fill", &fill);
}
""",
            "example.cpp",
        ),
    ),
)
