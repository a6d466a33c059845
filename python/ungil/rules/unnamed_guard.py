"""A guard has no name, and is gone at the end of its own statement.

What it finds
    ``std::lock_guard<std::mutex>(mutex);``, and the same for ``unique_lock``, ``scoped_lock``, ``shared_lock``, the
    guards of nanobind and pybind11 for locks and critical sections, and those that attach or detach the thread.

Why it is unsafe without the GIL
    An object without a name is destroyed at the semicolon: the lock is released before the code that it should guard
    begins, and two threads run it at the same time. ``std::unique_lock<std::mutex>(mutex);`` with a plain name in the
    parentheses does not even lock: it declares a new variable of that name. An unnamed ``gil_scoped_acquire()`` leaves
    the code after it without an attached thread state.

How to fix it
    Name it: ``std::lock_guard<std::mutex> guard(mutex);``.

References
    https://en.cppreference.com/w/cpp/thread/lock_guard
    https://isocpp.github.io/CppCoreGuidelines/CppCoreGuidelines#Rconc-name
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.guards import unnamed_guards
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every guard that nothing holds."""
    for function, kind, span in unnamed_guards(facts):
        attaches = kind.startswith("gil_")
        effect = (
            "the thread state is changed back before the next statement"
            if attaches
            else "the lock is released before the next statement, which any number of threads run at the same time"
        )
        yield rule.finding(
            function.file,
            span,
            f"this '{kind}' has no name and is destroyed at the semicolon: {effect}",
            fix=f"give it a name, so that it lives to the end of the block: {kind} guard(...)",
        )


rule = Rule(
    code="UG324",
    slug="unnamed-guard",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a lock that is released at once",
            """\
void Pool::push(int item) {
    std::lock_guard<std::mutex>(this->mutex_);  // <--
    items_.push_back(item);
}

void Pool::pop() {
    std::unique_lock<std::mutex>{mutex_};  // <--
    items_.pop_back();
}
""",
            "example.cpp",
        ),
        Good(
            "a lock with a name",
            """\
void Pool::push(int item) {
    std::lock_guard<std::mutex> guard(this->mutex_);
    items_.push_back(item);
}

std::unique_lock<std::mutex> Pool::lock() {
    return std::unique_lock<std::mutex>(mutex_);
}
""",
            "example.cpp",
        ),
        Bad(
            "a thread that is attached and detached at once",
            """\
void Listener::notify(int event) {
    py::gil_scoped_acquire();  // <--
    callback_(event);
}
""",
            "example.cpp",
        ),
        Good(
            "guards that calls get",
            """\
void Pool::drain() {
    auto guard = std::unique_lock<std::mutex>(mutex_);
    ready_.wait(guard, [this] { return closed_; });
    guard = std::unique_lock<std::mutex>();
}
""",
            "example.cpp",
        ),
    ),
)
