"""Double-checked locking with a plain variable: it is tested without the lock under which it is set.

What it finds
    A static flag or pointer that a function tests before it takes a lock, and tests again and sets while it holds the
    lock, where the variable is neither atomic nor volatile.

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

from ungil.facts.model import Facts, Role
from ungil.facts.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function whose first test is outside the lock."""
    for place, statics in places(facts.shared_statics, Role.PUBLICATION):
        yield rule.finding(
            place.function.file,
            place.span,
            f"a thread that finds {names(statics)} set here takes no lock, and may still see the old contents of what "
            "another thread filled before it set it",
            fix="make it atomic: a release store under the lock, an acquire load here; or test it under the lock only",
            evidence=(f"{names(statics)} is set under a lock in {place.function.name}() and is not atomic",),
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
