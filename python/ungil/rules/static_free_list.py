"""Blocks to be used again lie in a static list that threads push to and pop from without a lock.

What it finds
    A free list, arena or pool in static storage: an array with a counter, or a linked list whose head is static, that
    one function takes blocks from and another gives them back to, without a lock. One finding for each of these
    functions.

Why it is unsafe without the GIL
    Two threads that pop at the same moment both read the same counter or head and both get the same block: two objects
    in one piece of memory. Two that push lose a block, or write past the end of the array.

How to fix it
    Compile the list out on free-threaded builds (``#ifndef Py_GIL_DISABLED``): their allocator (mimalloc) already keeps
    free blocks for each thread. Or make list and counter ``_Thread_local``, or guard both functions by one ``PyMutex``
    (Python 3.13).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each function that pushes to or pops from an unlocked list."""
    for place, lists in places(facts.shared_statics, Role.FREE_LIST):
        yield rule.finding(
            place.function.file,
            place.span,
            f"two threads in {place.function.name}() and its counterparts use {names(lists)} at once: both can "
            "take the same block, and then two objects share one piece of memory",
            fix="leave the list out of free-threaded builds (#ifndef Py_GIL_DISABLED), make it _Thread_local, or guard "
            "every push and pop by one PyMutex (Python 3.13)",
            evidence=(f"{names(lists)} is a {lists[0].level} and no lock is held here",),
        )


rule = Rule(
    code="UG204",
    slug="static-free-list",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an array and a counter",
            """\
static int free_count;
static Block *free_blocks[16];

static Block *
new_block(void)
{
    if (free_count > 0)
        return free_blocks[--free_count];  // <--
    return malloc(sizeof(Block));
}

static void
drop_block(Block *block)
{
    if (free_count < 16)
        free_blocks[free_count++] = block;  // <--
    else
        free(block);
}
""",
        ),
        Good(
            "compiled out on free-threaded builds",
            """\
#ifndef Py_GIL_DISABLED
static int free_count;
static Block *free_blocks[16];
#endif

static Block *
new_block(void)
{
#ifndef Py_GIL_DISABLED
    if (free_count > 0)
        return free_blocks[--free_count];
#endif
    return malloc(sizeof(Block));
}

static void
drop_block(Block *block)
{
#ifndef Py_GIL_DISABLED
    if (free_count < 16) {
        free_blocks[free_count++] = block;
        return;
    }
#endif
    free(block);
}
""",
        ),
        Bad(
            "a linked list",
            """\
static Node *free_nodes;

static Node *
new_node(void)
{
    Node *node = free_nodes;  // <--
    if (node != NULL)
        free_nodes = node->next;
    else
        node = malloc(sizeof(Node));
    return node;
}

static void
node_dealloc(Node *node)
{
    node->next = free_nodes;  // <--
    free_nodes = node;
}
""",
        ),
        Bad(
            "buckets that a helper is given",
            """\
typedef struct { int available; void *blocks[8]; } Bucket;
static Bucket buckets[32];

static void *
take(size_t n, Bucket *cache)
{
    if (cache[n].available > 0)
        return cache[n].blocks[--(cache[n].available)];  // <--
    return malloc(n);
}

static void *
allocate(size_t n)
{
    return take(n, buckets);
}
""",
        ),
        Good(
            "one list per thread",
            """\
static _Thread_local int free_count;
static _Thread_local Block *free_blocks[16];

static Block *
new_block(void)
{
    return free_count > 0 ? free_blocks[--free_count] : malloc(sizeof(Block));
}

static void
drop_block(Block *block)
{
    if (free_count < 16)
        free_blocks[free_count++] = block;
    else
        free(block);
}
""",
        ),
        Good(
            "push and pop under one mutex",
            """\
static PyMutex pool_lock;
static Node *free_nodes;

static Node *
new_node(void)
{
    PyMutex_Lock(&pool_lock);
    Node *node = free_nodes;
    if (node != NULL)
        free_nodes = node->next;
    PyMutex_Unlock(&pool_lock);
    return node != NULL ? node : malloc(sizeof(Node));
}

static void
node_dealloc(Node *node)
{
    PyMutex_Lock(&pool_lock);
    node->next = free_nodes;
    free_nodes = node;
    PyMutex_Unlock(&pool_lock);
}
""",
        ),
    ),
)
