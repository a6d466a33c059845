"""Two mutexes are locked in one order here and in the other order there.

What it finds
    Two mutexes, each a static variable or a field of a struct, of which one function locks the second while it holds
    the first, and another the first while it holds the second, directly or in a helper that it calls. Trylocks and
    critical sections are left alone, and so are two mutexes that one call locks together.

Why it is unsafe without the GIL
    A thread in the one function holds the first mutex and waits for the second; a thread in the other holds the second
    and waits for the first. Both wait for ever. Under the GIL only one thread at a time was in such code.

How to fix it
    Lock the two in the same order everywhere, write that order down where they are declared, and release the first
    before a call that locks the other one. In C++, ``std::scoped_lock guard(a, b)`` locks both without deadlock.
    Critical sections cannot deadlock that way.

References
    https://docs.python.org/3/c-api/synchronization.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ungil.facts.model import Call, Facts, File, Lock, Span
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MOST_CALLS = 100  # under one lock
_MOST_LOCKS = 8  # of a helper


@dataclass(frozen=True, slots=True)
class _Step:
    """Where the second mutex is locked under the first."""

    first: str
    second: str
    file: File
    span: Span
    function: str


def check(facts: Facts) -> Iterator[Finding]:
    """Every pair of mutexes that is locked in both orders, at the later place."""
    steps: dict[tuple[str, str], _Step] = {}
    told = set()
    for file in facts.files:
        for lock in file.locks:
            for step in _steps(lock):
                steps.setdefault((step.first, step.second), step)
                other = steps.get((step.second, step.first))
                pair = frozenset((step.first, step.second))
                if other is not None and pair not in told:
                    told.add(pair)
                    yield _finding(step, other)


def _steps(lock: Lock) -> Iterator[_Step]:
    """What was held where ``lock`` is taken, and what the helpers that are called under it lock."""
    name = _identity(lock)
    if not name:
        return
    for held in lock.locks:
        if held.span.line < lock.span.line:
            yield from _step(_identity(held), lock, lock)
    for call in lock.calls[:_MOST_CALLS]:
        helpers = [] if call.is_member else call.function.resolve(call.name)
        for inner in helpers[0].locks[:_MOST_LOCKS] if len(helpers) == 1 else ():
            yield from _step(name, inner, call)


def _step(first: str, inner: Lock, place: Lock | Call) -> Iterator[_Step]:
    second = _identity(inner)
    if first and second and second != first and not inner.tries:
        yield _Step(first, second, place.function.file, place.span, place.function.name)


def _identity(lock: Lock) -> str:
    """One name for the mutex in all functions: a static variable, or a type and its field. Empty if that is unclear."""
    if lock.is_critical_section or lock.is_guessed or lock.is_annotation or not lock.is_released:
        return ""
    owner, arrow, field = lock.name.partition("->")
    function = lock.function
    if not arrow:
        is_static = any(variable.name == owner for variable in function.file.variables)
        return owner if is_static and "." not in owner else ""
    kind = function.type_of(owner)
    return f"{kind}::{field}" if kind and "[" not in field else ""


def _finding(step: _Step, other: _Step) -> Finding:
    return rule.finding(
        step.file,
        step.span,
        f"{step.function}() locks '{step.second}' while it holds '{step.first}', and {other.function}() does it the "
        "other way round: two threads, one in each, wait for each other for ever",
        fix=f"lock '{other.first}' before '{other.second}' everywhere, or release the one before the other is locked",
        confidence=Confidence.MEDIUM,
        evidence=(f"{other.function}() does so at {other.file.path}:{other.span.line}",),
    )


rule = Rule(
    code="UG319",
    slug="lock-order",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "two static mutexes",
            """\
static PyMutex cache_mutex;
static PyMutex stats_mutex;

static void
store(Cache *cache, int value)
{
    PyMutex_Lock(&cache_mutex);
    cache->value = value;
    PyMutex_Lock(&stats_mutex);
    cache->stats->stores++;
    PyMutex_Unlock(&stats_mutex);
    PyMutex_Unlock(&cache_mutex);
}

static void
report(Cache *cache, Report *report)
{
    PyMutex_Lock(&stats_mutex);
    report->stores = cache->stats->stores;
    PyMutex_Lock(&cache_mutex);  // <--
    report->value = cache->value;
    PyMutex_Unlock(&cache_mutex);
    PyMutex_Unlock(&stats_mutex);
}
""",
        ),
        Good(
            "the same order in both",
            """\
static PyMutex cache_mutex;
static PyMutex stats_mutex;

static void
store(Cache *cache, int value)
{
    PyMutex_Lock(&cache_mutex);
    cache->value = value;
    PyMutex_Lock(&stats_mutex);
    cache->stats->stores++;
    PyMutex_Unlock(&stats_mutex);
    PyMutex_Unlock(&cache_mutex);
}

static void
report(Cache *cache, Report *report)
{
    PyMutex_Lock(&cache_mutex);
    report->value = cache->value;
    PyMutex_Lock(&stats_mutex);
    report->stores = cache->stats->stores;
    PyMutex_Unlock(&stats_mutex);
    PyMutex_Unlock(&cache_mutex);
}
""",
        ),
        Bad(
            "a pool and its owner, one of them in a helper",
            """\
static void
owner_note(Owner *owner)
{
    PyMutex_Lock(&owner->mutex);
    owner->notes++;
    PyMutex_Unlock(&owner->mutex);
}

static void
pool_push(Pool *pool, int item)
{
    PyMutex_Lock(&pool->mutex);
    pool->last = item;
    owner_note(pool->owner);
    PyMutex_Unlock(&pool->mutex);
}

static void
owner_drain(Owner *owner, Pool *pool)
{
    PyMutex_Lock(&owner->mutex);
    PyMutex_Lock(&pool->mutex);  // <--
    pool->last = 0;
    PyMutex_Unlock(&pool->mutex);
    PyMutex_Unlock(&owner->mutex);
}
""",
        ),
        Good(
            "one mutex that is released before the other is locked",
            """\
static PyMutex cache_mutex;
static PyMutex stats_mutex;

static void
store(Cache *cache, int value)
{
    PyMutex_Lock(&cache_mutex);
    cache->value = value;
    PyMutex_Unlock(&cache_mutex);
    PyMutex_Lock(&stats_mutex);
    cache->stats->stores++;
    PyMutex_Unlock(&stats_mutex);
}

static void
report(Cache *cache, Report *report)
{
    PyMutex_Lock(&stats_mutex);
    report->stores = cache->stats->stores;
    PyMutex_Lock(&cache_mutex);
    report->value = cache->value;
    PyMutex_Unlock(&cache_mutex);
    PyMutex_Unlock(&stats_mutex);
}
""",
        ),
    ),
)
