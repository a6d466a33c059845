"""A struct with a mutex inside is copied or moved.

What it finds
    ``memcpy()``, ``memmove()`` and the ``realloc()`` family on ``sizeof`` a struct that has a mutex, a condition
    variable or another synchroniser as a member, by value. A copy whose mutex is set up anew in the same function is
    left alone.

Why it is unsafe without the GIL
    A mutex is its address. Threads that wait for a ``PyMutex`` are parked under the address of the original; POSIX and
    C++ forbid copies outright. A copy that is made while the mutex is held is locked for ever, since nobody will unlock
    it; an array that moves leaves its waiters behind, and two threads then hold "the same" mutex in two places.

How to fix it
    Copy the other members one by one and set up the new mutex (``(PyMutex){0}``, ``pthread_mutex_init()``). Let an
    array that grows hold pointers to structs that stay where they are.

References
    https://docs.python.org/3/c-api/synchronization.html#c.PyMutex
    https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap02.html#tag_16_09_09
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Variable
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_COPIES = frozenset({"memcpy", "memmove", "Py_MEMCPY"})
_MOVES = frozenset({"realloc", "reallocarray", "PyMem_Realloc", "PyMem_RawRealloc", "PyObject_Realloc", "PyMem_Resize"})
_INITIALISERS = frozenset(
    {
        "pthread_mutex_init",
        "pthread_rwlock_init",
        "mtx_init",
        "memset",
        "InitializeCriticalSection",
        "InitializeSRWLock",
    }
)
_TYPE = re.compile(r"sizeof\s*\(\s*(?:struct\s+)?(\w+)\s*\)")
_TARGET = re.compile(r"sizeof\s*\(?\s*\*\s*(\w+)\s*\)?")
_BY_ADDRESS = re.compile(
    r"PyMutex|pthread_(?:mutex|rwlock|cond|spinlock)_t|mtx_t|cnd_t|(?:recursive_|timed_|shared_)*mutex|"
    r"condition_variable|CRITICAL_SECTION|SRWLOCK|sem_t"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every such copy of a struct that has a mutex."""
    for call in facts.calls_to(_COPIES | _MOVES):
        kind = _copied(call)
        if not kind or call.function.only_initialises or call.function.resolve(call.name):
            continue
        member = facts.once(_mutexes).get(kind)
        if member is not None and not _sets_up(call, member):
            yield _finding(call, kind, member)


def _copied(call: Call) -> str:
    """The type whose size the call names, or an empty string."""
    arguments = call.arguments
    if call.name == "PyMem_Resize":
        return arguments[1].text if arguments[1:] else ""
    if call.is_member or not arguments[1:]:
        return ""
    whole = _TARGET.fullmatch(arguments[-1].text) if call.name in _COPIES else None
    if whole is not None:
        return call.function.type_of(whole[1])  # elements of an array that grows may be pointers
    named = _TYPE.search(arguments[-1].text) or _TYPE.search(arguments[1].text)
    return named[1] if named is not None and not call.function.type_of(named[1]) else ""


def _mutexes(facts: Facts) -> dict[str, Variable]:
    """By the name of a struct, its first member that is a mutex by value."""
    found: dict[str, Variable] = {}
    for file in facts.files:
        if any(not lock.is_critical_section for lock in file.locks) or file.path.endswith((".h", ".hpp")):
            for record in file.records:
                member = next((f for f in record.fields if _is_by_value(f)), None)
                if member is not None:
                    found.update(dict.fromkeys(filter(None, (record.name, record.alias)), member))
    return found


def _is_by_value(member: Variable) -> bool:
    return member.is_synchroniser and not member.pointers and _BY_ADDRESS.fullmatch(member.type) is not None


def _sets_up(call: Call, member: Variable) -> bool:
    """Does the function set the mutex up anew?"""
    file, key = call.function.file, call.function.key
    if any(store.function.key == key for store in file.stores_to({member.name})):
        return True
    calls = (init for init in file.calls_to(set(_INITIALISERS)) if init.function.key == key)
    return any(member.name in argument.text for init in calls for argument in init.arguments)


def _finding(call: Call, kind: str, member: Variable) -> Finding:
    moved = call.name in _MOVES
    what = "moves" if moved else "copies"
    return rule.finding(
        call.function.file,
        call.span,
        f"{call.name}() {what} a {kind} with its mutex '{member.name}': whoever waits for it waits at the old address, "
        "and one that is held is locked for ever in the copy",
        fix=f"let the array hold pointers, so that each {kind} stays where it is"
        if moved
        else f"copy the other members, and set up '{member.name}' anew",
        confidence=Confidence.MEDIUM,
        evidence=(f"'{member.name}' is a {member.type}",),
    )


rule = Rule(
    code="UG307",
    slug="copied-mutex",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an array of structs with a mutex each, which grows",
            """\
typedef struct {
    PyMutex mutex;
    Py_ssize_t used;
} Bucket;

static int
grow(Table *self, size_t size)
{
    Bucket *buckets = PyMem_Realloc(self->buckets, size * sizeof(Bucket));  // <--
    if (buckets == NULL)
        return -1;
    self->buckets = buckets;
    return 0;
}

static void
add(Bucket *bucket)
{
    PyMutex_Lock(&bucket->mutex);
    bucket->used++;
    PyMutex_Unlock(&bucket->mutex);
}
""",
        ),
        Good(
            "an array of pointers",
            """\
typedef struct {
    PyMutex mutex;
    Py_ssize_t used;
} Bucket;

static Bucket **
grow(Bucket **buckets, size_t size)
{
    return PyMem_Realloc(buckets, size * sizeof(Bucket *));
}

static void
add(Bucket *bucket)
{
    PyMutex_Lock(&bucket->mutex);
    bucket->used++;
    PyMutex_Unlock(&bucket->mutex);
}
""",
        ),
        Bad(
            "a copy of a whole struct",
            """\
struct options {
    pthread_mutex_t mutex;
    int level;
};

static struct options *
copy_options(const struct options *from)
{
    struct options *to = malloc(sizeof(*to));
    if (to != NULL)
        memcpy(to, from, sizeof(*to));  // <--
    return to;
}

static void
set_level(struct options *options, int level)
{
    pthread_mutex_lock(&options->mutex);
    options->level = level;
    pthread_mutex_unlock(&options->mutex);
}
""",
        ),
        Good(
            "a copy with a mutex of its own",
            """\
struct options {
    pthread_mutex_t mutex;
    int level;
};

static struct options *
copy_options(const struct options *from)
{
    struct options *to = malloc(sizeof(*to));
    if (to != NULL) {
        memcpy(to, from, sizeof(*to));
        pthread_mutex_init(&to->mutex, NULL);
    }
    return to;
}

static void
set_level(struct options *options, int level)
{
    pthread_mutex_lock(&options->mutex);
    options->level = level;
    pthread_mutex_unlock(&options->mutex);
}
""",
        ),
    ),
)
