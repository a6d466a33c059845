"""Double-checked locking with a plain variable: it is tested without the lock under which it is set.

What it finds
    A static flag or pointer that a function tests before it takes a lock, and tests again and sets while it holds the
    lock, where the variable is neither atomic nor volatile. And a plain ``bool`` member beside a ``std::once_flag`` in
    a class that calls ``std::call_once``.

Why it is unsafe without the GIL
    The lock orders nothing for the thread that does not take it. That thread can see the flag set, or the pointer, and
    still read the old contents of what they announce: the processor (ARM in practice) and the compiler may both reorder
    plain accesses. In C and C++ it is a data race and so undefined.

How to fix it
    Make the variable atomic: store it with release order as the last step under the lock, and load it with acquire
    order in the first test (``std::atomic``, C11 ``atomic_load_explicit()``). Or leave the first test out: an
    uncontended ``PyMutex`` costs a few nanoseconds. In C++ a function-local static does all of that.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://preshing.com/20130930/double-checked-locking-is-fixed-in-cpp11/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Record, Role, Variable
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function whose first test is outside the lock, and each class with a plain flag beside a once flag."""
    yield from _beside_once(facts)
    for place, statics in places(facts.shared_statics, Role.PUBLICATION):
        yield rule.finding(
            place.function.file,
            place.span,
            f"a thread that finds {names(statics)} set here takes no lock, and may still see the old contents of what "
            "another thread filled before it set it",
            fix="make it atomic: a release store under the lock, an acquire load here; or test it under the lock only",
            evidence=(f"{names(statics)} is set under a lock in {place.function.name}() and is not atomic",),
        )


def _beside_once(facts: Facts) -> Iterator[Finding]:
    """``std::call_once(flag_, ...)`` in a class whose plain ``bool`` says that it has happened."""
    classes = {(call.function.file.path, call.function.scope) for call in facts.calls_to({"call_once"})}
    for file in facts.files if classes else ():
        for record in file.records:
            once = next((field for field in record.fields if field.type == "once_flag"), None)
            if once is None or (file.path, record.name) not in classes:
                continue
            for field in record.fields:
                if field.type in {"bool", "_Bool"} and field.pointers == 0 and not field.is_atomic:
                    yield _flag_of_class(record, once, field)


def _flag_of_class(record: Record, once: Variable, flag: Variable) -> Finding:
    return rule.finding(
        flag.file,
        flag.span,
        f"a thread that finds '{flag.name}' set does not go through call_once, and may still see the old contents of "
        "what another thread filled before it set the flag",
        fix="make it std::atomic<bool>: a release store inside call_once, an acquire load outside",
        evidence=(f"'{record.name}' has '{flag.name}' beside '{once.name}', and it is not atomic",),
    )


rule = Rule(
    code="UG405",
    slug="plain-publication-flag",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a flag",
            """\
static PyMutex lock;
static int ready;

static void
ensure_ready(void)
{
    if (ready)  // <--
        return;
    PyMutex_Lock(&lock);
    if (!ready) {
        fill_tables();
        ready = 1;
    }
    PyMutex_Unlock(&lock);
}
""",
        ),
        Good(
            "an atomic flag",
            """\
static PyMutex lock;
static _Atomic int ready;

static void
ensure_ready(void)
{
    if (atomic_load_explicit(&ready, memory_order_acquire))
        return;
    PyMutex_Lock(&lock);
    if (!ready) {
        fill_tables();
        atomic_store_explicit(&ready, 1, memory_order_release);
    }
    PyMutex_Unlock(&lock);
}
""",
        ),
        Bad(
            "a pointer in C++",
            """\
static std::mutex lock;
static Table *table;

Table *get_table() {
    if (table == nullptr) {  // <--
        std::lock_guard<std::mutex> guard(lock);
        if (table == nullptr)
            table = new Table();
    }
    return table;
}
""",
            "example.cpp",
        ),
        Bad(
            "a flag beside a once flag",
            """\
class Lazy {
public:
    Value &get() {
        if (!ready_) {
            std::call_once(once_, [this] {
                value_ = compute();
                ready_ = true;
            });
        }
        return value_;
    }

private:
    Value value_;
    std::once_flag once_;
    bool ready_ = false;  // <--
};
""",
            "example.cpp",
        ),
        Good(
            "an atomic flag beside a once flag",
            """\
class Lazy {
public:
    Value &get() {
        if (!ready_.load(std::memory_order_acquire)) {
            std::call_once(once_, [this] {
                value_ = compute();
                ready_.store(true, std::memory_order_release);
            });
        }
        return value_;
    }

private:
    Value value_;
    std::once_flag once_;
    std::atomic<bool> ready_{false};
};
""",
            "example.cpp",
        ),
        Good(
            "tested under the lock only",
            """\
static std::mutex lock;
static Table *table;

Table *get_table() {
    std::lock_guard<std::mutex> guard(lock);
    if (table == nullptr)
        table = new Table();
    return table;
}
""",
            "example.cpp",
        ),
    ),
)
