"""A method that the framework locks calls Python or detaches, and is not locked meanwhile.

What it finds
    A method bound with ``nb::lock_self()`` (or with locked arguments) that detaches the thread or calls a Python
    object between two uses of one of the object's own members, of which the second writes it. One finding for each
    method. A method that does all its work on the members before or after is left alone.

Why it is unsafe without the GIL
    ``lock_self()`` holds a critical section on the object, not a mutex. When the thread detaches, or waits for
    another lock in Python code that it calls, the section is given up; another thread then runs a method of the same
    object. What the first one read before the call is out of date when it writes.

How to fix it
    Do the call first or last, and read the members again after it. State that must stay consistent across a call
    needs a mutex of the class's own, which no call to Python may be made under either.

References
    https://nanobind.readthedocs.io/en/latest/free_threaded.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Function, MemberUse, Region
from ungil.facts.native.attachment import needs_attachment
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_OBJECTS = frozenset({"object", "callable", "handle"})
_DETACHES = frozenset({"gil_scoped_release"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every method that the framework locks and that lets other threads in between its uses of a member."""
    locked = {
        (b.scope, b.name) for file in (facts.files if facts.member_uses else ()) for b in file.bindings if b.locks_self
    }
    methods: dict[tuple[int, int], list[MemberUse]] = {}
    for use in facts.member_uses if locked else ():
        if (use.type, use.method.name) in locked:
            methods.setdefault(use.method.key, []).append(use)
    for uses in methods.values():
        yield from _in_method(uses)


def _in_method(uses: list[MemberUse]) -> Iterator[Finding]:
    method = uses[0].method
    for gap in _gaps(method):
        for write in uses:
            earlier = [u for u in uses if u.field == write.field and _line(u) < _line(gap)]
            if write.kind != "read" and _line(write) > _line(gap) and earlier:
                yield _finding(method, gap, write)
                return


def _line(thing: Call | Region | MemberUse) -> tuple[int, int]:
    return thing.span.line, thing.span.column


def _gaps(method: Function) -> list[Call | Region]:
    """Where the section may be given up: detached regions, and calls of Python objects."""
    return sorted([*method.detached, *(call for call in method.calls if _calls_python(call))], key=_line)


def _calls_python(call: Call) -> bool:
    if call.name.startswith("PyObject_Call") or call.name.startswith("PyObject_Vectorcall"):
        return needs_attachment(call)
    return not call.is_member and call.function.type_of(call.name) in _OBJECTS


def _finding(method: Function, gap: Call | Region, write: MemberUse) -> Finding:
    what = f"calls {gap.name}()" if isinstance(gap, Call) else "detaches"
    return rule.finding(
        method.file,
        gap.span,
        f"{method.name}() {what} and the lock on the object is given up: another thread changes '{write.field}' before "
        f"{method.name}() writes what it worked out from the old value",
        fix=f"call Python before '{write.field}' is read or after it is written, or read it again after the call",
        confidence=Confidence.MEDIUM,
        evidence=(f"{write.type}.{method.name} is bound with lock_self()", f"written at line {write.span.line}"),
    )


rule = Rule(
    code="UG704",
    slug="lock-self-calls-python",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a callback between reading and writing",
            """\
class Account {
  public:
    void withdraw(int amount, nb::callable approve) {
        int left = balance_ - amount;
        if (left < 0)
            throw std::runtime_error("overdrawn");
        approve(amount);  // <--
        balance_ = left;
    }

  private:
    int balance_ = 0;
};

NB_MODULE(bank, m) {
    nb::class_<Account>(m, "Account").def("withdraw", &Account::withdraw, nb::lock_self());
}
""",
            path="example.cpp",
        ),
        Good(
            "the callback comes first",
            """\
class Account {
  public:
    void withdraw(int amount, nb::callable approve) {
        approve(amount);
        if (balance_ < amount)
            throw std::runtime_error("overdrawn");
        balance_ -= amount;
    }

  private:
    int balance_ = 0;
};

NB_MODULE(bank, m) {
    nb::class_<Account>(m, "Account").def("withdraw", &Account::withdraw, nb::lock_self());
}
""",
            path="example.cpp",
        ),
        Bad(
            "a file is written while the thread is detached",
            """\
class Log {
  public:
    void flush() {
        size_t n = pending_.size();
        {
            nb::gil_scoped_release release;  // <--
            write_all(fd_, n);
        }
        pending_.clear();
    }

  private:
    std::vector<char> pending_;
    int fd_ = 2;
};

NB_MODULE(logging, m) {
    nb::class_<Log>(m, "Log").def("flush", &Log::flush, nb::lock_self());
}
""",
            path="example.cpp",
        ),
        Good(
            "what is written is taken out first",
            """\
class Log {
  public:
    void flush() {
        std::vector<char> taken;
        taken.swap(pending_);
        nb::gil_scoped_release release;
        write_all(taken);
    }

  private:
    std::vector<char> pending_;
};

NB_MODULE(logging, m) {
    nb::class_<Log>(m, "Log").def("flush", &Log::flush, nb::lock_self());
}
""",
            path="example.cpp",
        ),
    ),
)
